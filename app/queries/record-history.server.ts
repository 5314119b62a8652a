import type { Context } from '../context.ts';
import { AppError } from '../domain/errors.ts';
import type { JsonValue, RecordKind, RecordStatus } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { orderReturns, remarksOf } from './order-returns.server.ts';

export type RecordHistory = {
  kind: RecordKind;
  key: string;
  connection: string;
  status: string;
  reason: JsonValue;
  file: string | null;
  line: number;
  source: JsonValue;
  payload: JsonValue;
  syncedAt: string | null;
  changedAfterSend: boolean;
  /** Orders and rewards: recorded as history, which starts no flow. */
  history: boolean;
  /** What was wrong with single values of its rows, as the file brought them last. */
  warnings: { column: string | null; message: string }[];
  /** What a person should know beside the status, in sentences. */
  remarks: string[];
  /** Order numbers: of the order that this one's returned lines belong to, and of the orders that brought lines of it back. */
  returnOf: string | null;
  returns: string[];
  attempts: {
    at: string | null;
    kind: string;
    part: string;
    outcome: string;
    code: string | null;
    detail: string | null;
    jobId: string | null;
  }[];
  consent: {
    at: string;
    channel: string;
    wish: string;
    action: string;
    code: string;
    reason: string;
    klaviyo: JsonValue;
  }[];
};

/** One record from CSV cell to Klaviyo's answer. Errors: AppError `wrong_use` when there is none of that key. */
export async function recordHistory(
  ctx: Context,
  shopId: string,
  input: { kind: RecordKind; key: string; connectionId: string; connection: string },
): Promise<RecordHistory> {
  const { kind, key, connectionId } = input;
  const changed = kind === 'customers' ? 'false' : 't.changed_after_send';
  const history = kind === 'customers' ? 'false' : 't.history';
  const numbers =
    kind === 'orders'
      ? 't.label, t.original_number, t.customer_key'
      : `NULL AS label, NULL AS original_number, '' AS customer_key`;
  const [record] = await ctx.db.sql<{
    id: string;
    status: RecordStatus;
    reason: JsonValue;
    line: number;
    source: JsonValue;
    payload: JsonValue;
    synced_at: Date | null;
    changed: boolean;
    history: boolean;
    label: string | null;
    original_number: string | null;
    customer_key: string;
    file_id: string | null;
    file: string | null;
  }>(
    `SELECT t.id, t.status, t.reason, t.line, t.source, t.payload, t.synced_at, ${changed} AS changed, ${history} AS history,
            ${numbers}, f.id AS file_id, f.name AS file
       FROM ${RECORD_TABLES[kind]} t LEFT JOIN import_run r ON r.id = t.run_id LEFT JOIN source_file f ON f.id = r.file_id
      WHERE t.shop_id = $1 AND t.connection_id = $2 AND t.external_id = $3`,
    [shopId, connectionId, key],
  );
  if (record === undefined) {
    throw new AppError({
      code: 'wrong_use',
      retry: 'never',
      message: `no ${kind} ${key}`,
      hint: `There is no record ${key} among the ${kind} of "${input.connection}".`,
    });
  }
  const linked = await orderReturns(ctx, shopId, {
    connectionId,
    key,
    customerKey: record.customer_key,
    label: record.label,
    originalNumber: record.original_number,
  });
  const warnings = await ctx.db.sql<RecordHistory['warnings'][number]>(
    `SELECT e."column", e.message FROM record_error e
      WHERE e.shop_id = $1 AND e.file_id = $2 AND e.severity = 'warning' AND e.line = $3 AND e.record_key = $4 ORDER BY e.id`,
    [shopId, record.file_id, record.line, key],
  );
  const attempts = await ctx.db.sql<RecordHistory['attempts'][number]>(
    `SELECT b.sent_at AS at, b.kind, i.part, coalesce(i.outcome, b.status) AS outcome, i.code,
            CASE WHEN i.outcome = 'refused' THEN i.detail END AS detail, b.job_id AS "jobId"
       FROM push_item i JOIN push_batch b ON b.id = i.batch_id
      WHERE b.shop_id = $1 AND i.record_id = $2 ORDER BY b.created_at`,
    [shopId, record.id],
  );
  const consent = await ctx.db.sql<RecordHistory['consent'][number]>(
    `SELECT decided_at AS at, channel, wish, action, code, reason, klaviyo FROM consent_decision
      WHERE shop_id = $1 AND customer_id = $2 ORDER BY decided_at, channel`,
    [shopId, record.id],
  );
  return {
    kind,
    key,
    connection: input.connection,
    status: record.status,
    reason: record.reason,
    file: record.file,
    line: record.line,
    source: record.source,
    payload: record.payload,
    syncedAt: record.synced_at?.toISOString() ?? null,
    changedAfterSend: record.changed,
    history: record.history,
    warnings,
    remarks: remarksOf(
      kind,
      {
        status: record.status,
        changedAfterSend: record.changed,
        history: record.history,
        hasPayload: record.payload !== null,
      },
      linked,
    ),
    returnOf: linked.original?.number ?? null,
    returns: linked.returns.map((one) => one.number ?? one.key),
    attempts,
    consent,
  };
}
