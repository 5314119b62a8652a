import type { Context } from '../context.ts';
import { rulesHash } from '../domain/diff.ts';
import type { KlaviyoClient } from '../domain/ports/klaviyo.ts';
import type { SftpSession, SftpSettings } from '../domain/ports/sftp.ts';
import { AppError } from '../domain/errors.ts';
import type {
  Columns,
  ConnectionRules,
  CustomerColumns,
  EventNames,
  Mapping,
  OrderColumns,
  RewardColumns,
  TranslationTable,
} from '../domain/rules.ts';

/** One Klaviyo account of a shop with everything that decides how its files are read and sent. */
export type ConnectionScope = {
  shopId: string;
  id: string;
  name: string;
  directory: string;
  mode: 'production' | 'test' | 'sample';
  testMaxRecords: number;
  batchSize: number;
  paused: boolean;
  dataSync: boolean;
  retentionDays: number;
  rules: ConnectionRules;
  rulesHash: string;
};

type ConnectionRow = {
  id: string;
  name: string;
  directory: string;
  mode: string;
  test_max_records: number;
  batch_size: number;
  paused: boolean;
  event_seed: string;
  list: string | null;
  history_before: string | null;
  events: EventNames;
  item_events: boolean;
  pass_through: boolean;
  send_external_id: boolean;
  timezone: string;
  phone_country: string;
  currency: string;
  data_sync: boolean;
  retention_days: number;
};

/** The shop's connections in their order, or the one of that name. Unknown name: AppError `unknown_connection`. */
export async function loadConnections(
  ctx: Context,
  shopId: string,
  name?: string,
): Promise<ConnectionScope[]> {
  const rows = await readConnections(ctx, shopId);
  const chosen = name === undefined ? rows : rows.filter((row) => row.name === name);
  if (name !== undefined && chosen.length === 0) {
    throw new AppError({
      code: 'unknown_connection',
      retry: 'person',
      message: `no connection named ${name}`,
      hint: `There is no connection named "${name}". This shop has: ${rows.map((row) => row.name).join(', ') || 'none'}.`,
    });
  }
  const shared = await loadSharedRules(ctx, shopId);
  return chosen.map((row) => toScope(shopId, row, shared));
}

/** A mapping that is not saved: it stands in for the stored one of that id, or is a new one. `connectionId` null = shop-wide. */
export type MappingDraft = { connectionId: string | null; mappingId: string | null; mapping: Mapping };

/**
 * A connection (null = the shop's first) as it would be with a draft saved. Its mapping is the one whose `rules` are the
 * draft's own; there is none where the connection has another mapping in its stead. Null = the shop has no such connection or
 * mapping.
 */
export async function loadWithDraft(
  ctx: Context,
  shopId: string,
  { connectionId, mappingId, mapping }: MappingDraft,
): Promise<ConnectionScope | 'no-connection' | null> {
  const [rows, shared, [stored]] = await Promise.all([
    readConnections(ctx, shopId),
    loadSharedRules(ctx, shopId),
    ctx.db.sql('SELECT id FROM mapping WHERE shop_id = $1 AND id = $2', [shopId, mappingId]),
  ]);
  const row = connectionId === null ? rows[0] : rows.find(({ id }) => id === connectionId);
  if ((mappingId !== null && stored === undefined) || (connectionId !== null && row === undefined)) {
    return null;
  }
  if (row === undefined) {
    return 'no-connection';
  }
  const draft = { ...mapping, id: mappingId ?? '', connection_id: connectionId };
  const place = shared.mappings.findIndex(({ id }) => id === mappingId);
  shared.mappings.splice(place === -1 ? shared.mappings.length : place, place === -1 ? 0 : 1, draft);
  return toScope(shopId, row, shared);
}

function readConnections(ctx: Context, shopId: string): Promise<ConnectionRow[]> {
  return ctx.db.sql<ConnectionRow>(
    `SELECT c.id, c.name, c.directory, c.mode, c.test_max_records, c.batch_size, c.paused, c.event_seed, c.list,
            c.history_before, c.events, c.item_events, c.pass_through, c.send_external_id,
            s.timezone, s.phone_country, s.currency, s.data_sync, s.retention_days
       FROM connection c JOIN shop_settings s ON s.shop_id = c.shop_id
      WHERE c.shop_id = $1 AND c.removed_at IS NULL ORDER BY c.position, c.name`,
    [shopId],
  );
}

type SharedRules = {
  columns: { connection_id: string | null; kind: string; columns: object }[];
  mappings: (Mapping & { id: string; connection_id: string | null })[];
  translations: Record<string, TranslationTable>;
};

async function loadSharedRules(ctx: Context, shopId: string): Promise<SharedRules> {
  const [columns, mappings, tables] = await Promise.all([
    ctx.db.sql<SharedRules['columns'][number]>(
      'SELECT connection_id, kind, columns FROM column_settings WHERE shop_id = $1',
      [shopId],
    ),
    ctx.db.sql<SharedRules['mappings'][number]>(
      `SELECT id, connection_id, scope, target, description, blank, rules FROM mapping
        WHERE shop_id = $1 AND enabled ORDER BY position, id`,
      [shopId],
    ),
    ctx.db.sql<{ name: string; when_missing: string; entries: Record<string, string> | null }>(
      `SELECT t.name, t.when_missing, jsonb_object_agg(e.source, e.target) FILTER (WHERE e.source IS NOT NULL) AS entries
         FROM translation_table t LEFT JOIN translation_entry e ON e.table_id = t.id
        WHERE t.shop_id = $1 GROUP BY t.id`,
      [shopId],
    ),
  ]);
  const translations = Object.fromEntries(
    tables.map((table) => [table.name, { whenMissing: table.when_missing, entries: table.entries ?? {} }]),
  );
  return { columns, mappings, translations };
}

function toScope(shopId: string, row: ConnectionRow, shared: SharedRules): ConnectionScope {
  const rules: ConnectionRules = {
    eventSeed: row.event_seed,
    timezone: row.timezone,
    phoneCountry: row.phone_country,
    currency: row.currency,
    columns: columnsFor(shared.columns, row.id),
    mappings: mappingsFor(shared.mappings, row.id),
    translations: shared.translations,
    events: row.events,
    itemEvents: row.item_events,
    passThrough: row.pass_through,
    list: row.list,
    historyBefore: row.history_before,
    sendExternalId: row.send_external_id,
  };
  return {
    shopId,
    id: row.id,
    name: row.name,
    directory: row.directory,
    mode: row.mode === 'test' || row.mode === 'sample' ? row.mode : 'production',
    testMaxRecords: row.test_max_records,
    batchSize: row.batch_size,
    // Sample data has no Klaviyo account behind it: it is read once, and never polled or sent.
    paused: row.paused || row.mode === 'sample',
    dataSync: row.data_sync,
    retentionDays: row.retention_days,
    rules,
    rulesHash: rulesHash(rules),
  };
}

function columnsFor(rows: SharedRules['columns'], connectionId: string): Columns {
  function pick(kind: string): object {
    const own = rows.find((row) => row.kind === kind && row.connection_id === connectionId);
    const shop = rows.find((row) => row.kind === kind && row.connection_id === null);
    return { ...shop?.columns, ...own?.columns };
  }
  return {
    customers: pick('customers') as CustomerColumns,
    orders: pick('orders') as OrderColumns,
    rewards: pick('rewards') as RewardColumns,
  };
}

/** A connection's own mappings of a scope and target stand in for the shop's. */
function mappingsFor(rows: SharedRules['mappings'], connectionId: string): Mapping[] {
  const own = rows.filter((row) => row.connection_id === connectionId);
  const replaced = new Set(own.map((row) => `${row.scope} ${row.target}`));
  const shop = rows.filter(
    (row) => row.connection_id === null && !replaced.has(`${row.scope} ${row.target}`),
  );
  return [...shop, ...own].map(({ scope, target, description, blank, rules }) => ({
    scope,
    target,
    description,
    blank,
    rules,
  }));
}

/** Where a connection's sealed key stands: the additional data of its seal. */
export function keyPlace(shopId: string, connectionId: string): string {
  return `connection/sealed_key/${connectionId}/${shopId}`;
}

/** Where a secret of the shop's SFTP account stands. */
export function sftpPlace(
  shopId: string,
  column: 'sealed_password' | 'sealed_private_key' | 'sealed_passphrase',
): string {
  return `sftp_account/${column}/${shopId}/${shopId}`;
}

/** A Klaviyo client with the connection's own key, drawing on the limits of its account as far as that is known. */
export async function openKlaviyo(ctx: Context, scope: ConnectionScope): Promise<KlaviyoClient> {
  const [row] = await ctx.db.sql<{ sealed_key: string; account_id: string | null }>(
    'SELECT sealed_key, account_id FROM connection WHERE shop_id = $1 AND id = $2',
    [scope.shopId, scope.id],
  );
  if (row === undefined) {
    throw new AppError({
      code: 'connection_removed',
      retry: 'never',
      message: `connection ${scope.id} is gone`,
      hint: `The connection "${scope.name}" was removed.`,
    });
  }
  const key = ctx.vault.open(row.sealed_key, keyPlace(scope.shopId, scope.id));
  return ctx.klaviyo.connect(key, row.account_id);
}

/** How to log in to the shop's SFTP server, secrets opened: never for a page. Null = no account was entered yet. */
export async function readSftpSettings(ctx: Context, shopId: string): Promise<SftpSettings | null> {
  const [row] = await ctx.db.sql<{
    host: string;
    port: number;
    username: string;
    sealed_password: string | null;
    sealed_private_key: string | null;
    sealed_passphrase: string | null;
    host_key: string | null;
  }>('SELECT * FROM sftp_account WHERE shop_id = $1', [shopId]);
  if (row === undefined) {
    return null;
  }
  const open = (sealed: string | null, column: Parameters<typeof sftpPlace>[1]) =>
    sealed === null ? undefined : ctx.vault.open(sealed, sftpPlace(shopId, column));
  return {
    host: row.host,
    port: row.port,
    username: row.username,
    password: open(row.sealed_password, 'sealed_password'),
    privateKey: open(row.sealed_private_key, 'sealed_private_key'),
    passphrase: open(row.sealed_passphrase, 'sealed_passphrase'),
    hostKey: row.host_key,
  };
}

/** Logs in to the shop's SFTP server and pins its host key at first contact. */
export async function openShopSftp(ctx: Context, shopId: string): Promise<SftpSession> {
  const settings = await readSftpSettings(ctx, shopId);
  if (settings === null) {
    throw new AppError({
      code: 'sftp_missing',
      retry: 'person',
      message: 'no SFTP account',
      hint: 'This shop has no SFTP account yet: enter host, user and password or key.',
    });
  }
  const session = await ctx.sftp.open(settings);
  if (settings.hostKey === null) {
    await ctx.db.sql(
      'UPDATE sftp_account SET host_key = $2, host_key_pinned_at = now() WHERE shop_id = $1 AND host_key IS NULL',
      [shopId, session.hostKey],
    );
    ctx.log.info({ shopId, hostKey: session.hostKey }, 'SFTP host key pinned at first contact');
  }
  return session;
}
