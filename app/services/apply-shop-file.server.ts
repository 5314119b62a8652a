import type { Context, Sql } from '../context.ts';
import { changesBetween, type ConfigChange } from '../domain/config-changes.ts';
import { RECORD_KINDS } from '../domain/records.ts';
import type { Mapping } from '../domain/rules.ts';
import type { ConnectionFile, ShopFile } from '../domain/shop-file.ts';
import { sftpPlace } from '../pipeline/load-connections.ts';
import { readShopFile } from '../queries/shop-file.server.ts';
import { sealKey, writeConnection } from './write-connection.server.ts';

/**
 * Makes a shop's whole configuration what the file says, in one transaction, with an audit line. Applying the same file
 * again changes nothing. Returns the changes, secrets masked; with `dryRun` only that.
 */
export async function applyShopFile(
  ctx: Context,
  file: ShopFile,
  input: { actor: string; dryRun: boolean },
): Promise<{ shopId: string | null; changes: ConfigChange[] }> {
  const [shop] = await ctx.db.sql<{ id: string }>('SELECT id FROM shop WHERE domain = $1', [file.shop]);
  const before = shop === undefined ? null : await readShopFile(ctx, shop.id);
  // A pinned host key stays pinned when the file does not name one; it belongs to its server.
  const isSameServer = before?.sftp.host === file.sftp.host && before.sftp.port === file.sftp.port;
  const pinned = isSameServer ? before.sftp.hostKey : undefined;
  const after = { ...file, sftp: { ...file.sftp, hostKey: file.sftp.hostKey ?? pinned } };
  const changes = changesBetween(before, after);
  if (input.dryRun || changes.length === 0) {
    return { shopId: shop?.id ?? null, changes };
  }
  const shopId = await ctx.db.transaction('apply shop file', async (sql) => {
    const [row] = await sql<{ id: string }>(
      `INSERT INTO shop (domain) VALUES ($1) ON CONFLICT (domain) DO UPDATE SET uninstalled_at = NULL RETURNING id`,
      [after.shop],
    );
    if (row === undefined) {
      throw new Error('the shop was not returned');
    }
    await writeSettings(ctx, sql, row.id, after);
    const connectionIds = await writeConnections(ctx, sql, row.id, after.connections);
    await writeColumns(sql, row.id, after, connectionIds);
    await writeMappings(sql, row.id, { actor: input.actor, file: after, connectionIds });
    await writeTranslations(sql, row.id, after);
    await sql(
      `INSERT INTO audit_log (shop_id, actor, action, subject, changes) VALUES ($1, $2, 'apply', 'shop.yaml', $3)`,
      [row.id, input.actor, JSON.stringify(changes)],
    );
    return row.id;
  });
  return { shopId, changes };
}

async function writeSettings(ctx: Context, sql: Sql, shopId: string, file: ShopFile): Promise<void> {
  const { automation, privacy, sftp } = file;
  await sql(
    `INSERT INTO shop_settings (shop_id, timezone, phone_country, currency, data_sync, poll_seconds, cleanup_enabled, retention_days, digest,
       redact_in_klaviyo)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (shop_id) DO UPDATE SET timezone = EXCLUDED.timezone, phone_country = EXCLUDED.phone_country,
       currency = EXCLUDED.currency, data_sync = EXCLUDED.data_sync, poll_seconds = EXCLUDED.poll_seconds,
       cleanup_enabled = EXCLUDED.cleanup_enabled, retention_days = EXCLUDED.retention_days, digest = EXCLUDED.digest,
       redact_in_klaviyo = EXCLUDED.redact_in_klaviyo`,
    [
      shopId,
      file.timezone,
      file.phoneCountry,
      file.currency,
      automation.dataSync,
      automation.pollSeconds,
      automation.fileCleanup.enabled,
      automation.fileCleanup.retentionDays,
      automation.digest,
      privacy.redactInKlaviyo,
    ],
  );
  const seal = (plain: string | undefined, column: Parameters<typeof sftpPlace>[1]) =>
    plain === undefined ? null : ctx.vault.seal(plain, sftpPlace(shopId, column));
  await sql(
    `INSERT INTO sftp_account (shop_id, host, port, username, sealed_password, sealed_private_key, sealed_passphrase, host_key)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (shop_id) DO UPDATE SET host = EXCLUDED.host, port = EXCLUDED.port, username = EXCLUDED.username,
       sealed_password = EXCLUDED.sealed_password, sealed_private_key = EXCLUDED.sealed_private_key,
       sealed_passphrase = EXCLUDED.sealed_passphrase, host_key = EXCLUDED.host_key`,
    [
      shopId,
      sftp.host,
      sftp.port,
      sftp.username,
      seal(sftp.password, 'sealed_password'),
      seal(sftp.privateKey, 'sealed_private_key'),
      seal(sftp.passphrase, 'sealed_passphrase'),
      sftp.hostKey ?? null,
    ],
  );
}

/**
 * Connections keep their id, and so their records, when they are renamed or come back: same name, else same directory and
 * key. Another name with another key is another account, which has got nothing yet.
 */
async function writeConnections(
  ctx: Context,
  sql: Sql,
  shopId: string,
  connections: ConnectionFile[],
): Promise<Map<string, string>> {
  const known = await sql<{ id: string; name: string; directory: string; key_last4: string }>(
    'SELECT id, name, directory, key_last4 FROM connection WHERE shop_id = $1 ORDER BY removed_at NULLS FIRST',
    [shopId],
  );
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const connection of connections) {
    const twin =
      known.find((row) => row.name === connection.name && !taken.has(row.id)) ??
      known.find(
        (row) =>
          row.directory === connection.directory &&
          row.key_last4 === connection.apiKey.slice(-4) &&
          !taken.has(row.id),
      );
    const id = twin?.id ?? ctx.ids.uuid();
    taken.add(id);
    ids.set(connection.name, id);
  }
  // Names and directories are unique: free them before they are given out anew.
  await sql(
    `UPDATE connection SET name = name || ' ' || id, directory = directory || ' ' || id WHERE shop_id = $1 AND id = ANY($2::uuid[])`,
    [shopId, [...taken]],
  );
  await sql(
    `UPDATE connection
        SET removed_at = coalesce(removed_at, now()),
            name = CASE WHEN name = ANY($3::text[]) THEN name || ' ' || id ELSE name END,
            directory = CASE WHEN directory = ANY($4::text[]) THEN directory || ' ' || id ELSE directory END
      WHERE shop_id = $1 AND NOT (id = ANY($2::uuid[])) AND mode <> 'sample'`,
    [shopId, [...taken], connections.map(({ name }) => name), connections.map(({ directory }) => directory)],
  );
  await sql(
    `UPDATE alert a SET resolved_at = now() FROM connection c
      WHERE a.shop_id = $1 AND a.resolved_at IS NULL AND c.id = a.connection_id AND c.removed_at IS NOT NULL`,
    [shopId],
  );
  for (const [position, connection] of connections.entries()) {
    const id = ids.get(connection.name) ?? '';
    const key = sealKey(ctx, shopId, { connectionId: id, apiKey: connection.apiKey });
    await writeConnection(sql, shopId, { id, position, connection, key, account: null });
  }
  return ids;
}

async function writeColumns(
  sql: Sql,
  shopId: string,
  file: ShopFile,
  connectionIds: Map<string, string>,
): Promise<void> {
  await sql('DELETE FROM column_settings WHERE shop_id = $1', [shopId]);
  const rows = [
    ...RECORD_KINDS.map((kind) => ({
      connection: null as string | null,
      kind,
      columns: file.columns[kind] as object,
    })),
    ...file.connections.flatMap((connection) =>
      Object.entries(connection.columns ?? {}).map(([kind, columns]) => ({
        connection: connectionIds.get(connection.name) ?? null,
        kind,
        columns: columns as object,
      })),
    ),
  ];
  await sql(
    `INSERT INTO column_settings (shop_id, connection_id, kind, columns)
     SELECT $1, r.connection, r.kind, r.columns FROM jsonb_to_recordset($2::jsonb) AS r(connection uuid, kind text, columns jsonb)`,
    [shopId, JSON.stringify(rows)],
  );
}

type MappingRow = Mapping & { connection_id: string | null };
type KnownMapping = MappingRow & { id: string; enabled: boolean };

/**
 * Mappings keep their id while scope, target and place among those of the target stay; what they were is kept. Those that are
 * switched off stand in no file, so no file touches them: they stay behind as many others as before.
 */
async function writeMappings(
  sql: Sql,
  shopId: string,
  input: { actor: string; file: ShopFile; connectionIds: Map<string, string> },
): Promise<void> {
  const { file, connectionIds } = input;
  const wanted: MappingRow[] = [
    ...file.mappings.map((mapping) => ({ ...mapping, connection_id: null })),
    ...file.connections.flatMap((connection) =>
      (connection.mappings ?? []).map((mapping) => ({
        ...mapping,
        connection_id: connectionIds.get(connection.name) ?? null,
      })),
    ),
  ];
  const known = await sql<KnownMapping>(
    'SELECT id, connection_id, scope, target, description, blank, rules, enabled FROM mapping WHERE shop_id = $1 ORDER BY position, id',
    [shopId],
  );
  const places = placesBeside(known, wanted.length);
  const left = new Set(known.filter(({ enabled }) => enabled));
  const rows = wanted.map((mapping, index) => {
    const twin = [...left].find(
      (row) =>
        row.connection_id === mapping.connection_id &&
        row.scope === mapping.scope &&
        row.target === mapping.target,
    );
    if (twin !== undefined) {
      left.delete(twin);
    }
    return { ...mapping, id: twin?.id ?? null, position: places.wanted[index] };
  });
  await sql(
    `INSERT INTO mapping_revision (shop_id, mapping_id, snapshot, actor)
     SELECT m.shop_id, m.id, to_jsonb(m), $2 FROM mapping m
      LEFT JOIN jsonb_to_recordset($3::jsonb) AS r(id uuid, description text, blank text, rules jsonb) ON r.id = m.id
      WHERE m.shop_id = $1 AND m.enabled AND (r.id IS NULL OR r.description <> m.description OR r.blank <> m.blank OR r.rules <> m.rules)`,
    [shopId, input.actor, JSON.stringify(rows)],
  );
  await sql('DELETE FROM mapping WHERE shop_id = $1 AND id = ANY($2::uuid[])', [
    shopId,
    [...left].map((row) => row.id),
  ]);
  await sql(
    `INSERT INTO mapping (id, shop_id, connection_id, scope, target, description, blank, rules, position)
     SELECT coalesce(r.id, gen_random_uuid()), $1, r.connection_id, r.scope, r.target, r.description, r.blank, r.rules, r.position
       FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, connection_id uuid, scope text, target text, description text,
            blank text, rules jsonb, position int)
     ON CONFLICT (id) DO UPDATE SET description = EXCLUDED.description, blank = EXCLUDED.blank, rules = EXCLUDED.rules,
       position = EXCLUDED.position, updated_at = now()`,
    [shopId, JSON.stringify(rows)],
  );
  await sql(
    `UPDATE mapping m SET position = o.position FROM jsonb_to_recordset($2::jsonb) AS o(id uuid, position int)
      WHERE m.shop_id = $1 AND m.id = o.id AND m.position <> o.position`,
    [shopId, JSON.stringify(places.off)],
  );
}

/** Places that nobody shares, for `count` mappings of a file and for those that are switched off. */
function placesBeside(
  known: readonly KnownMapping[],
  count: number,
): { wanted: number[]; off: { id: string; position: number }[] } {
  const off: { id: string; position: number }[] = [];
  const wanted: number[] = [];
  for (const { id, enabled } of known) {
    if (!enabled) {
      off.push({ id, position: wanted.length + off.length });
    } else if (wanted.length < count) {
      wanted.push(wanted.length + off.length);
    }
  }
  while (wanted.length < count) {
    wanted.push(wanted.length + off.length);
  }
  return { wanted, off };
}

async function writeTranslations(sql: Sql, shopId: string, file: ShopFile): Promise<void> {
  const tables = Object.entries(file.translations);
  await sql('DELETE FROM translation_table WHERE shop_id = $1 AND NOT (name = ANY($2))', [
    shopId,
    tables.map(([name]) => name),
  ]);
  for (const [name, { whenMissing, entries }] of tables) {
    const [table] = await sql<{ id: string }>(
      `INSERT INTO translation_table (shop_id, name, when_missing) VALUES ($1, $2, $3)
       ON CONFLICT (shop_id, name) DO UPDATE SET when_missing = EXCLUDED.when_missing RETURNING id`,
      [shopId, name, whenMissing],
    );
    await sql('DELETE FROM translation_entry WHERE table_id = $1', [table?.id]);
    await sql(
      `INSERT INTO translation_entry (table_id, source, target) SELECT $1, key, value FROM jsonb_each_text($2::jsonb)`,
      [table?.id, JSON.stringify(entries)],
    );
  }
}
