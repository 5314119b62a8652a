import type { Context } from '../context.ts';
import { AppError } from '../domain/errors.ts';
import type { JsonValue, RecordKind } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { orderReturns, remarksOf } from './order-returns.server.ts';
import {
  channelsOf,
  CONSENT_COLUMNS,
  type ChannelConsent,
  type ConsentRow,
  readLeavingRows,
  type DecisionRow,
  type LeavingRow,
} from './record-consent.ts';
import { STANDING_COLUMNS, statusWords, type StandingRow } from './record-standing.ts';
import { shopTime } from './shop-time.ts';

export type RecordHistory = {
  kind: RecordKind;
  key: string;
  connection: string;
  status: string;
  /** What the status means and what happens next, in the words of the record's page. */
  standing: string;
  reason: JsonValue;
  file: string | null;
  line: number;
  source: JsonValue;
  payload: JsonValue;
  syncedAt: string | null;
  changedAfterSend: boolean;
  /** Orders and rewards: recorded as history, which starts no flow. */
  history: boolean;
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
  /** Channels that the person left in Klaviyo. `file`: Apparel21 was told in it; null = not yet. */
  left: { channel: string; at: string | null; file: string | null }[];
  /** Of a customer: what Apparel21 wants for each channel now and what became of it, in the page's words. Else []. */
  consentNow: ChannelConsent[];
  /** What its row has that could not be used, and was left out. */
  warnings: { code: string; column: string | null; message: string }[];
};

type HistoryRow = ConsentRow &
  StandingRow & {
    id: string;
    line: number;
    source: JsonValue;
    payload: JsonValue;
    changed: boolean;
    history: boolean;
    label: string | null;
    original_number: string | null;
    customer_key: string;
    file_id: string | null;
    timezone: string;
    data_sync: boolean;
  };

/** One record from CSV cell to Klaviyo's answer. Errors: AppError `wrong_use` when there is none of that key. */
export async function recordHistory(
  ctx: Context,
  shopId: string,
  input: { kind: RecordKind; key: string; connectionId: string; connection: string },
): Promise<RecordHistory> {
  const { kind, key, connectionId } = input;
  const ofEvents =
    kind === 'customers'
      ? 'false AS changed, false AS history'
      : 't.changed_after_send AS changed, t.history';
  const numbers =
    kind === 'orders'
      ? 't.label, t.original_number, t.customer_key'
      : `NULL AS label, NULL AS original_number, '' AS customer_key`;
  const [record] = await ctx.db.sql<HistoryRow>(
    `SELECT t.id, t.line, t.source, t.payload, ${ofEvents}, ${numbers}, ${STANDING_COLUMNS}, f.id AS file_id, s.timezone, s.data_sync
            ${kind === 'customers' ? `, ${CONSENT_COLUMNS}` : ''}
       FROM ${RECORD_TABLES[kind]} t JOIN connection c ON c.id = t.connection_id JOIN shop_settings s ON s.shop_id = t.shop_id
       LEFT JOIN import_run r ON r.id = t.run_id LEFT JOIN source_file f ON f.id = r.file_id
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
  const left = kind === 'customers' ? await readLeavingRows(ctx, shopId, record.id) : [];
  const warnings = await ctx.db.sql<RecordHistory['warnings'][number]>(
    `SELECT code, "column", message FROM record_error
      WHERE shop_id = $1 AND file_id = $2 AND severity = 'warning' AND line = $3 AND record_key = $4 ORDER BY created_at, id`,
    [shopId, record.file_id, record.line, key],
  );
  return {
    kind,
    key,
    connection: input.connection,
    status: record.status,
    standing: statusWords(record, {
      dataSync: record.data_sync,
      at: (moment) => shopTime(moment, record.timezone),
    }),
    reason: record.reason,
    file: record.file,
    line: record.line,
    source: record.source,
    payload: record.payload,
    syncedAt: record.synced_at?.toISOString() ?? null,
    changedAfterSend: record.changed,
    history: record.history,
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
    left: left.map((one) => ({ ...one, at: one.at?.toISOString() ?? null })),
    consentNow: kind === 'customers' ? await readConsentNow(ctx, shopId, record, left) : [],
    warnings,
  };
}

async function readConsentNow(
  ctx: Context,
  shopId: string,
  record: HistoryRow,
  left: readonly LeavingRow[],
): Promise<ChannelConsent[]> {
  const last = await ctx.db.sql<DecisionRow>(
    `SELECT DISTINCT ON (channel) decided_at, channel, wish, action, code, reason, wish_set_at, klaviyo FROM consent_decision
      WHERE shop_id = $1 AND customer_id = $2 ORDER BY channel, decided_at DESC`,
    [shopId, record.id],
  );
  return channelsOf(record, last, left, record.timezone);
}
