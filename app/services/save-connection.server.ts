import type { Context, Sql } from '../context.ts';
import { changesBetween } from '../domain/config-changes.ts';
import type { Acceptance, ConnectionForm } from '../domain/connection-form.ts';
import type { FieldProblem, FormAnswer } from '../domain/form-answer.ts';
import type { KlaviyoAccount } from '../domain/klaviyo-account.ts';
import { directoriesOverlap } from '../domain/lanes.ts';
import { readConnectionForm } from '../domain/read-connection-form.ts';
import type { ConnectionSettings } from '../domain/shop-file.ts';
import { missingScopes } from './probe-klaviyo-key.server.ts';
import { tryKey } from './test-connection.server.ts';
import { wakeConnections } from './wake-connections.server.ts';
import { writeAudit } from './write-audit.server.ts';
import { sealKey, writeConnection, type StoredKey } from './write-connection.server.ts';

type Known = ConnectionSettings & {
  id: string;
  position: number;
  sealedKey: string;
  keyLast4: string;
  accountId: string | null;
  accountName: string | null;
  isRemoved: boolean;
  isSample: boolean;
};

/**
 * Creates a connection (`connectionId` null) or changes one. A typed key is tried first: one that Klaviyo refuses is never
 * stored; where Klaviyo does not answer, lacks scopes or names another account, a person has to accept that (`accepted`).
 * A new connection with the place and the account of a removed one is that one again, with its records.
 * Null = no such connection in this shop.
 */
export async function saveConnection(
  ctx: Context,
  shopId: string,
  input: { connectionId: string | null; form: ConnectionForm; actor: string },
): Promise<FormAnswer | null> {
  const { connectionId, form, actor } = input;
  const known = await loadKnown(ctx.db.sql, shopId);
  const stored = findStored(known, connectionId);
  if (connectionId !== null && stored === undefined) {
    return null;
  }
  const read = readConnectionForm(form);
  const typedKey = form.apiKey?.trim() ?? null;
  const problems = [
    ...(read.ok ? clashes(known, connectionId, read.settings) : read.problems),
    ...missingKey(typedKey, stored),
  ];
  if (!read.ok || problems.length > 0) {
    return { ok: false, problems };
  }
  const tried = typedKey === null ? { account: null } : await judgeKey(ctx, typedKey, stored, form.accepted);
  if ('problem' in tried) {
    return { ok: false, problems: [tried.problem] };
  }
  const sharing = sharedAccount(known, connectionId, read.settings, tried.account);
  if (sharing !== null && !form.accepted.includes('shared')) {
    return { ok: false, problems: [sharing] };
  }
  const saved = await ctx.db.transaction('save connection', (sql) =>
    write(ctx, sql, shopId, {
      connectionId,
      settings: read.settings,
      typedKey,
      account: tried.account,
      actor,
    }),
  );
  if (saved === null || 'problems' in saved) {
    return saved;
  }
  await wakeConnections(ctx, shopId, [saved.id]);
  const verb = connectionId !== null ? 'saved' : saved.isRestored ? 'restored' : 'added';
  return { ok: true, message: `Connection ${verb}` };
}

function findStored(known: Known[], connectionId: string | null): Known | undefined {
  return known.find(({ id, isRemoved, isSample }) => id === connectionId && !isRemoved && !isSample);
}

function missingKey(typedKey: string | null, stored: Known | undefined): FieldProblem[] {
  if (typedKey === '' || (typedKey === null && stored === undefined)) {
    const keep = stored === undefined ? '' : ' or keep the stored one';
    return [{ field: 'apiKey', message: `Paste a private key of the Klaviyo account${keep}.` }];
  }
  return [];
}

/** Names and directories of the shop's other connections. */
function clashes(known: Known[], connectionId: string | null, settings: ConnectionSettings): FieldProblem[] {
  const others = known.filter(({ id, isRemoved }) => id !== connectionId && !isRemoved);
  const neighbour = others.find(({ directory }) => directoriesOverlap(directory, settings.directory));
  return [
    ...(others.some(({ name }) => name === settings.name)
      ? [
          {
            field: 'name',
            message: `Another connection is named "${settings.name}". Give each its own name.`,
          },
        ]
      : []),
    ...(neighbour === undefined
      ? []
      : [
          {
            field: 'directory',
            message: `"${settings.directory}" is already the directory of "${neighbour.name}". Give each connection its own.`,
          },
        ]),
  ];
}

async function judgeKey(
  ctx: Context,
  apiKey: string,
  stored: Known | undefined,
  accepted: Acceptance[],
): Promise<{ account: KlaviyoAccount | null } | { problem: FieldProblem }> {
  if (accepted.includes('untested')) {
    return { account: null };
  }
  const probe = await tryKey(ctx, apiKey);
  if (probe.outcome === 'refused') {
    const message =
      'Klaviyo refuses this key. Copy it again from Klaviyo: Settings > API keys. It begins with "pk_".';
    return { problem: { field: 'apiKey', message } };
  }
  if (probe.outcome === 'unreachable') {
    const message = `Klaviyo does not answer (${probe.reason}), so the key could not be tested. Try again, or save it as it is.`;
    return { problem: { field: 'accepted.untested', message } };
  }
  const missing = missingScopes(probe);
  if (missing.length > 0 && !accepted.includes('scopes')) {
    const message = `This key lacks the scopes ${missing.join(', ')}. Scopes of a key cannot be changed: create a new key with them in Klaviyo.`;
    return { problem: { field: 'accepted.scopes', message } };
  }
  const before =
    stored === undefined || stored.accountId === null
      ? null
      : { id: stored.accountId, name: stored.accountName };
  const isOther = before !== null && probe.account !== null && before.id !== probe.account.id;
  if (isOther && !accepted.includes('account')) {
    const message = `This key belongs to the account ${nameOf(probe.account)}; until now this connection sent to ${nameOf(before)}. What was sent there is not sent again. To fill the other account, add a new connection for it.`;
    return { problem: { field: 'accepted.account', message } };
  }
  return { account: probe.account };
}

/** Two connections that name people by their Apparel21 keys in one account: right for one Apparel21, a mix-up for two. */
function sharedAccount(
  known: Known[],
  connectionId: string | null,
  settings: ConnectionSettings,
  account: KlaviyoAccount | null,
): FieldProblem | null {
  const other = known.find(
    (one) => one.id !== connectionId && !one.isRemoved && one.sendExternalId && one.accountId === account?.id,
  );
  return account === null || other === undefined || !settings.sendExternalId
    ? null
    : {
        field: 'accepted.shared',
        message: `"${other.name}" sends to this account, too: people of both who have the same customer number become one profile there. That is right when both folders come from one Apparel21. When they come from two, switch "Send Apparel21’s customer number as external ID" off here.`,
      };
}

function nameOf(account: KlaviyoAccount | null): string {
  return account?.name ?? account?.id ?? 'without a name';
}

async function write(
  ctx: Context,
  sql: Sql,
  shopId: string,
  input: {
    connectionId: string | null;
    settings: ConnectionSettings;
    typedKey: string | null;
    account: KlaviyoAccount | null;
    actor: string;
  },
): Promise<{ id: string; isRestored: boolean } | { ok: false; problems: FieldProblem[] } | null> {
  const { connectionId, settings, typedKey, account, actor } = input;
  // One at a time in a shop: of two equal new connections the second finds the first.
  await sql('SELECT 1 FROM shop WHERE id = $1 FOR NO KEY UPDATE', [shopId]);
  const known = await loadKnown(sql, shopId);
  const stored = findStored(known, connectionId);
  if (connectionId !== null && stored === undefined) {
    return null;
  }
  const problems = clashes(known, connectionId, settings);
  if (problems.length > 0) {
    return { ok: false, problems };
  }
  const before = stored ?? known.find((one) => isSameAgain(one, settings, typedKey, account));
  const id = before?.id ?? ctx.ids.uuid();
  const key: StoredKey =
    typedKey === null && stored !== undefined
      ? { sealed: stored.sealedKey, last4: stored.keyLast4 }
      : sealKey(ctx, shopId, { connectionId: id, apiKey: typedKey ?? '' });
  await freePlace(sql, shopId, id, settings);
  const last = Math.max(-1, ...known.filter((one) => !one.isSample).map(({ position }) => position));
  const position = stored?.position ?? last + 1;
  await writeConnection(sql, shopId, { id, position, connection: settings, key, account });
  if (typedKey !== null) {
    await sql(
      `UPDATE alert SET resolved_at = now()
        WHERE shop_id = $1 AND connection_id = $2 AND code IN ('klaviyo_key_refused', 'klaviyo_scope_missing') AND resolved_at IS NULL`,
      [shopId, id],
    );
  }
  await writeAudit(sql, shopId, {
    actor,
    action: connectionId === null ? 'add connection' : 'save connection',
    subject: settings.name,
    changes: changesBetween(stored === undefined ? null : settingsOf(stored, 'as it was'), {
      ...settingsOf(settings, typedKey === null ? 'as it was' : 'typed'),
    }),
  });
  return { id, isRestored: before !== undefined && stored === undefined };
}

/** A removed connection that comes back: its place, or its name, and its account. */
function isSameAgain(
  one: Known,
  settings: ConnectionSettings,
  apiKey: string | null,
  account: KlaviyoAccount | null,
): boolean {
  const isPlace = one.directory === settings.directory || one.name === settings.name;
  const isAccount =
    account !== null && one.accountId !== null
      ? one.accountId === account.id
      : one.keyLast4 === apiKey?.slice(-4);
  return one.isRemoved && !one.isSample && isPlace && isAccount;
}

/** Names and directories are unique, also among the removed: those give way. */
async function freePlace(
  sql: Sql,
  shopId: string,
  id: string,
  { name, directory }: ConnectionSettings,
): Promise<void> {
  await sql(
    `UPDATE connection
        SET name = CASE WHEN name = $3 THEN name || ' ' || id ELSE name END,
            directory = CASE WHEN directory = $4 THEN directory || ' ' || id ELSE directory END
      WHERE shop_id = $1 AND id <> $2 AND removed_at IS NOT NULL AND (name = $3 OR directory = $4)`,
    [shopId, id, name, directory],
  );
}

/** What the audit trail compares; the key is told as changed or not. */
function settingsOf(settings: ConnectionSettings, apiKey: string): object {
  const { name, directory, list, mode, testMaxRecords, batchSize, historyBefore, events } = settings;
  const { itemEvents, passThrough, sendExternalId, consentBack, notify, expect } = settings;
  return {
    ...{ name, apiKey, directory, list, mode, testMaxRecords, batchSize, historyBefore, events },
    ...{ itemEvents, passThrough, sendExternalId, consentBack, notify, expect },
  };
}

function loadKnown(sql: Sql, shopId: string): Promise<Known[]> {
  return sql<Known>(
    `SELECT id, position, name, directory, list, mode, test_max_records AS "testMaxRecords", batch_size AS "batchSize",
            history_before AS "historyBefore", events, item_events AS "itemEvents", pass_through AS "passThrough",
            send_external_id AS "sendExternalId", consent_back AS "consentBack", notify, expect, sealed_key AS "sealedKey", key_last4 AS "keyLast4",
            account_id AS "accountId", account_name AS "accountName", removed_at IS NOT NULL AS "isRemoved",
            mode = 'sample' AS "isSample"
       FROM connection WHERE shop_id = $1 ORDER BY removed_at DESC NULLS FIRST`,
    [shopId],
  );
}
