import type { Context, Sql } from '../context.ts';
import { recordCount, type RecordChange } from '../domain/record-change.ts';
import {
  isUncounted,
  parseRecordFilter,
  recordFilterParameters,
  statusesOf,
  type RecordFilter,
} from '../domain/record-filter.ts';
import { SKIPPED_BY_PERSON, type RecordKind, type RecordStatus } from '../domain/records.ts';
import { consentIsDue, listIsDue } from '../pipeline/consent-due.ts';
import { rankSharedEmails } from '../pipeline/rank-shared-emails.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { recordFigures, sumFigures } from '../queries/record-figures.server.ts';
import { liveConnections } from '../queries/records-page.server.ts';
import { startTask } from './tasks/start-task.server.ts';
import { wakePush } from './wake-connections.server.ts';
import { writeAudit } from './write-audit.server.ts';

export type ChangedRecord = {
  id: string;
  connectionId: string;
  externalId: string;
  before: RecordStatus;
  after: RecordStatus;
};

/** A person marks so many records on a page; more are a task. */
export const RECORDS_AT_ONCE = 50;

/**
 * Changes single records at once, with one line in the audit trail, and has the workers send what may go. Records that travel,
 * have nothing to send, or are somebody else's stay as they are. Returns what was changed.
 */
export async function changeRecords(
  ctx: Context,
  shopId: string,
  input: { kind: RecordKind; ids: string[]; change: RecordChange; actor: string },
): Promise<ChangedRecord[]> {
  const { kind, change } = input;
  const ids = input.ids.slice(0, RECORDS_AT_ONCE);
  const changed = await ctx.db.transaction('change records', async (sql) => {
    const rows = await applyChange(sql, shopId, { kind, ids, change });
    if (rows.length > 0) {
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: `${change} records`,
        subject: recordCount(kind, rows.length),
        changes: rows.map((row) => ({ path: row.externalId, before: row.before, after: row.after })),
      });
    }
    return rows;
  });
  await wakePush(ctx, shopId, changed);
  return changed;
}

/** Has a worker change everything that matches a filter now. Returns the task's id. */
export async function changeMatchingRecords(
  ctx: Context,
  shopId: string,
  input: { kind: RecordKind; filter: RecordFilter; change: RecordChange; actor: string },
): Promise<string> {
  const { kind, change } = input;
  // The newest first: an order that every filter has.
  const filter: RecordFilter = { ...input.filter, sort: 'changed-desc' };
  return startTask(ctx, shopId, {
    kind: 'change-records',
    input: {
      kind,
      change,
      filter: recordFilterParameters(filter).toString(),
      askedAt: ctx.clock.now().toISOString(),
    },
    total: isUncounted(filter) ? null : await countConcerned(ctx, shopId, { kind, change, filter }),
    actor: input.actor,
  });
}

async function countConcerned(
  ctx: Context,
  shopId: string,
  { kind, change, filter }: { kind: RecordKind; change: RecordChange; filter: RecordFilter },
): Promise<number> {
  const ids =
    filter.connectionId === null ? await liveConnections(ctx, shopId) : [{ id: filter.connectionId }];
  const figures = await recordFigures(
    ctx,
    shopId,
    ids.map(({ id }) => id),
  );
  const counts = sumFigures(figures.values())[kind];
  return statusesOf(filter.tab)
    .filter((status) => CHANGED_STATUSES[change].includes(status))
    .reduce((sum, status) => sum + counts[status], 0);
}

/** Whether all connections of changed records are paused: nothing of them goes before somebody resumes one. */
export async function areAllPaused(
  ctx: Context,
  shopId: string,
  changed: readonly Pick<ChangedRecord, 'connectionId'>[],
): Promise<boolean> {
  const [row] = await ctx.db.sql<{ paused: boolean | null }>(
    'SELECT bool_and(paused) AS paused FROM connection WHERE shop_id = $1 AND id = ANY($2::uuid[])',
    [shopId, [...new Set(changed.map((one) => one.connectionId))]],
  );
  return row?.paused ?? false;
}

/** Reads back the filter of `changeMatchingRecords`. */
export function storedFilter(kind: RecordKind, filter: string): RecordFilter {
  return parseRecordFilter(kind, new URLSearchParams(filter));
}

/** The statuses that each change is about. */
export const CHANGED_STATUSES: Record<RecordChange, readonly RecordStatus[]> = {
  sync: ['pending', 'failed', 'skipped'],
  retry: ['failed'],
  skip: ['pending', 'waiting', 'failed', 'held'],
};

/** SQL: which records each change is about. Never one that travels: its batch settles it. */
const CONCERNED: Record<RecordChange, string> = {
  sync: `t.payload IS NOT NULL AND (t.status IN ('failed', 'pending')
    OR (t.status = 'skipped' AND t.reason->>'code' = '${SKIPPED_BY_PERSON}'))`,
  retry: `t.payload IS NOT NULL AND t.status = 'failed'`,
  skip: `t.status IN ('pending', 'waiting', 'failed', 'held')`,
};

/** SQL: what a record is when it goes again: an order still waits for its customer, and what Klaviyo holds already is synced. */
function resumedStatus(kind: RecordKind): string {
  if (kind === 'customers') {
    return `CASE WHEN t.payload_hash IS DISTINCT FROM t.synced_hash OR ${listIsDue('t')} OR ${consentIsDue('t')} THEN 'pending' ELSE 'synced' END`;
  }
  return `CASE
    WHEN coalesce((SELECT array_agg(e->>'part') FROM jsonb_array_elements(t.payload->'events') e) <@ t.sent_parts, true)
      THEN 'synced'
    WHEN t.status = 'pending' OR EXISTS (SELECT 1 FROM customer c WHERE c.connection_id = t.connection_id
      AND c.external_id = t.customer_key AND c.arrived_at IS NOT NULL) THEN 'pending'
    ELSE 'waiting' END`;
}

function waitingReason(kind: RecordKind): string {
  return kind === 'customers'
    ? 'NULL::jsonb'
    : `CASE WHEN n.status = 'waiting' THEN jsonb_build_object('code', 'customer_missing',
         'message', 'Waits for customer ' || t.customer_key || ' to reach Klaviyo.') END`;
}

const SKIPPED = `jsonb_build_object('code', '${SKIPPED_BY_PERSON}',
  'message', 'Somebody marked it as skipped. It is sent again when a file changes it, or by Sync.')`;

/**
 * Changes records inside a transaction. Workers change them at the same time: every row is locked and looked at before, so
 * what has begun to travel meanwhile is left alone. `asOfTask`: only what was not changed after that task was asked for.
 */
export async function applyChange(
  sql: Sql,
  shopId: string,
  input: { kind: RecordKind; ids: string[]; change: RecordChange; asOfTask?: string },
): Promise<ChangedRecord[]> {
  const { kind, ids, change, asOfTask } = input;
  const table = RECORD_TABLES[kind];
  const status = change === 'skip' ? `'skipped'` : resumedStatus(kind);
  const changed = await sql<ChangedRecord>(
    `WITH chosen AS (
       SELECT t.id, t.status FROM ${table} t
        WHERE t.shop_id = $1 AND t.id = ANY($2::uuid[]) AND ${CONCERNED[change]}
          AND ($3::uuid IS NULL OR t.updated_at <= (SELECT created_at FROM task WHERE shop_id = $1 AND id = $3))
        ORDER BY t.id FOR UPDATE
     ), n AS (
       SELECT t.id, chosen.status AS before, ${status} AS status FROM chosen JOIN ${table} t ON t.id = chosen.id
     )
     UPDATE ${table} t
        SET status = n.status, reason = ${change === 'skip' ? SKIPPED : waitingReason(kind)},
            send_now = ${change === 'sync' ? `n.status = 'pending'` : change === 'retry' ? 't.send_now' : 'false'},
            attempts = 0, next_attempt_at = NULL, updated_at = now()
       FROM n WHERE t.id = n.id AND ${CONCERNED[change]}
      RETURNING t.id, t.connection_id AS "connectionId", t.external_id AS "externalId", n.before, t.status AS after`,
    [shopId, ids, asOfTask ?? null],
  );
  if (kind === 'customers' && change !== 'retry') {
    await rankAnew(sql, changed);
  }
  return changed;
}

/** Whoever is skipped leaves their e-mail to the next who has it, and takes it back when they come back. */
async function rankAnew(sql: Sql, changed: readonly ChangedRecord[]): Promise<void> {
  for (const connectionId of new Set(changed.map((one) => one.connectionId))) {
    const ofConnection = changed.filter((one) => one.connectionId === connectionId);
    await rankSharedEmails(sql, { connectionId, customerIds: ofConnection.map(({ id }) => id) });
  }
}
