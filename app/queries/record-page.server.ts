import type { Context } from '../context.ts';
import type {
  CustomerPayload,
  EventsPayload,
  JsonObject,
  RecordKind,
  RecordStatus,
  SourceRow,
} from '../domain/records.ts';
import type { ConnectionRules } from '../domain/rules.ts';
import { loadConnections } from '../pipeline/load-connections.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { compiledOrNull, type HashedRules } from './compiled-rules.ts';
import { explainStored, type ExplainInput, type ExplainedPayload } from './explain-record.server.ts';
import { remarksOf } from './order-returns.server.ts';
import { toAttempt, type Attempt, type AttemptRow } from './record-attempts.ts';
import {
  channelsOf,
  CONSENT_COLUMNS,
  readLeavingRows,
  toDecision,
  type ChannelConsent,
  type ConsentRow,
  type DecisionLine,
  type DecisionRow,
  type LeavingRow,
} from './record-consent.ts';
import { readRelatives, type CustomerLink, type RelatedRecord } from './record-relatives.server.ts';
import { sourceTable, type SourceTable } from './record-source.ts';
import { deedsOf, fixOf, STANDING_COLUMNS, statusWords, type Deeds, type Fix } from './record-standing.ts';
import { shopTime } from './shop-time.ts';

export type RecordPage = {
  id: string;
  kind: RecordKind;
  title: string;
  status: RecordStatus;
  /** What the status means for this record, and what happens next. */
  standing: string;
  /** A remark on a record that was sent all the same. */
  remark: string | null;
  /** What else a person should know, in sentences. */
  remarks: string[];
  deeds: Deeds;
  fix: Fix | null;
  /** Something happens to it by itself: the page follows along. */
  isLive: boolean;
  connection: string;
  file: { id: string; name: string; line: number } | null;
  identity: { label: string; value: string }[];
  times: { label: string; value: string }[];
  isChangedAfterSend: boolean;
  source: SourceTable;
  payload: ExplainedPayload;
  attempts: Attempt[];
  hasMoreAttempts: boolean;
  consent: { channels: ChannelConsent[]; source: string | null; history: DecisionLine[] } | null;
  /** Klaviyo accounts in which the person may be deleted, too, when they are erased; null = no customer. */
  accounts: { id: string; name: string }[] | null;
  customer: CustomerLink | null;
  orders: RelatedRecord[];
  rewards: RelatedRecord[];
  /** Of an order: the one that its returned lines belong to, and those that brought lines of it back. */
  original: RelatedRecord | null;
  returns: RelatedRecord[];
};

export type RecordRow = {
  id: string;
  connection_id: string;
  external_id: string;
  source: JsonObject;
  rules_hash: string;
  payload: CustomerPayload | EventsPayload | null;
  payload_hash: string | null;
  status: RecordStatus;
  reason: { code?: string; message?: string; part?: string } | null;
  line: number;
  next_attempt_at: Date | null;
  created_at: Date;
  updated_at: Date;
  synced_at: Date | null;
  send_now: boolean;
  connection: string;
  paused: boolean;
  mode: string;
  test_max_records: number;
  /** False: test mode keeps it back. */
  may_still_reach: boolean;
  key_refused_at: Date | null;
  removed_at: Date | null;
  run_rules: ConnectionRules | null;
  run_hash: string | null;
  file_id: string | null;
  file: string | null;
  lane: string | null;
  header: string[] | null;
};
export type CustomerRow = RecordRow & ConsentRow;
export type EventRow = RecordRow & {
  customer_key: string;
  label: string | null;
  occurred_at: Date | null;
  changed_after_send: boolean;
  history: boolean;
  original_number: string | null;
};

const OWN_COLUMNS: Record<RecordKind, string> = {
  customers: CONSENT_COLUMNS,
  orders: 't.customer_key, t.label, t.occurred_at, t.changed_after_send, t.history, t.original_number',
  rewards: 't.customer_key, t.label, t.occurred_at, t.changed_after_send, t.history, NULL AS original_number',
};

const ATTEMPTS_SHOWN = 50;
const DECISIONS_SHOWN = 50;

/**
 * One record from CSV cell to Klaviyo's answer, found by its primary key; every other query goes by an index. Null when the
 * shop has no such record.
 */
export async function recordPage(
  ctx: Context,
  shop: { id: string; timezone: string; dataSync: boolean },
  { kind, id }: { kind: RecordKind; id: string },
): Promise<RecordPage | null> {
  const [row, scopes, attempts, decisions, leavings] = await Promise.all([
    readRecord(ctx, shop.id, kind, id),
    loadConnections(ctx, shop.id),
    readAttempts(ctx, shop.id, id),
    kind === 'customers' ? readDecisions(ctx, shop.id, id) : [],
    kind === 'customers' ? readLeavingRows(ctx, shop.id, id) : [],
  ]);
  if (row === undefined) {
    return null;
  }
  const scope = scopes.find((one) => one.id === row.connection_id) ?? null;
  const relatives = await readRelatives(ctx, shop, kind, row);
  const rows = rowsOf(kind, row.source);
  const today = scope === null ? null : { rules: scope.rules, hash: scope.rulesHash };
  const used = usedRules(row, today);
  const payload = await explainStored(ctx, shop.id, {
    unit: { kind, key: row.external_id, rows, isBulk: isOfBulk(row) },
    connectionId: row.connection_id,
    payload: row.payload,
    payloadHash: row.payload_hash,
    profile: relatives.profile,
    used,
    today,
  });
  const at = (moment: Date) => shopTime(moment, shop.timezone);
  return {
    id: row.id,
    kind,
    title: titleOf(kind, row),
    status: row.status,
    standing: statusWords(row, { dataSync: shop.dataSync, at }),
    remark: row.status === 'synced' ? (row.reason?.message ?? null) : null,
    remarks: 'history' in row ? remarksOf(kind, standingOf(row), relatives.linked) : [],
    deeds: deedsOf(row),
    fix: fixOf(kind, row, payload),
    isLive: isMoving(row, shop.dataSync),
    connection: row.connection,
    file: row.file_id === null ? null : { id: row.file_id, name: row.file ?? '', line: row.line },
    identity: identityOf(kind, row),
    times: [
      { label: 'First seen', value: at(row.created_at) },
      { label: 'Last change', value: at(row.updated_at) },
      ...(row.synced_at === null ? [] : [{ label: 'Last sent', value: at(row.synced_at) }]),
      ...('occurred_at' in row && row.occurred_at !== null
        ? [{ label: 'Happened', value: at(row.occurred_at) }]
        : []),
    ],
    isChangedAfterSend: 'changed_after_send' in row && row.changed_after_send,
    source: sourceTable(rows, kind, {
      header: row.header,
      compiled: used?.compiled ?? null,
    }),
    payload,
    attempts: attempts.slice(0, ATTEMPTS_SHOWN).map((attempt) => toAttempt(attempt, shop.timezone)),
    hasMoreAttempts: attempts.length > ATTEMPTS_SHOWN,
    consent: 'bulk' in row ? consentOf(row, { decisions, leavings, timezone: shop.timezone }) : null,
    accounts:
      kind === 'customers'
        ? scopes
            .filter(({ mode }) => mode !== 'sample')
            .map(({ id: account, name }) => ({ id: account, name }))
        : null,
    customer: relatives.customer,
    orders: relatives.orders,
    rewards: relatives.rewards,
    original: relatives.original,
    returns: relatives.returns,
  };
}

async function readRecord(
  ctx: Context,
  shopId: string,
  kind: RecordKind,
  id: string,
): Promise<CustomerRow | EventRow | undefined> {
  const [row] = await ctx.db.sql<CustomerRow | EventRow>(
    `SELECT t.id, t.connection_id, t.external_id, t.source, t.rules_hash, t.payload, t.payload_hash, t.line,
            t.created_at, t.updated_at, ${OWN_COLUMNS[kind]}, ${STANDING_COLUMNS},
            r.rules AS run_rules, r.rules_hash AS run_hash, f.id AS file_id, f.lane, f.format->'header' AS header
       FROM ${RECORD_TABLES[kind]} t JOIN connection c ON c.id = t.connection_id
       LEFT JOIN import_run r ON r.id = t.run_id LEFT JOIN source_file f ON f.id = r.file_id
      WHERE t.id = $2 AND t.shop_id = $1`,
    [shopId, id],
  );
  return row;
}

async function readAttempts(ctx: Context, shopId: string, id: string): Promise<AttemptRow[]> {
  return ctx.db.sql<AttemptRow>(
    `SELECT b.created_at, b.sent_at, b.confirmed_at, b.kind, b.status AS batch_status, i.part, i.outcome, i.code,
            CASE WHEN i.outcome = 'refused' THEN i.detail END AS detail, b.job_id, b.id AS batch_id, b.grouping->>'list' AS list
       FROM push_item i JOIN push_batch b ON b.id = i.batch_id
      WHERE b.shop_id = $1 AND i.record_id = $2 ORDER BY b.created_at DESC, b.id LIMIT ${ATTEMPTS_SHOWN + 1}`,
    [shopId, id],
  );
}

async function readDecisions(ctx: Context, shopId: string, id: string): Promise<DecisionRow[]> {
  return ctx.db.sql<DecisionRow>(
    `SELECT decided_at, channel, wish, action, code, reason, wish_set_at, klaviyo FROM consent_decision
      WHERE shop_id = $1 AND customer_id = $2 ORDER BY decided_at DESC, channel LIMIT ${DECISIONS_SHOWN}`,
    [shopId, id],
  );
}

function standingOf(row: EventRow): Parameters<typeof remarksOf>[1] {
  return {
    status: row.status,
    changedAfterSend: row.changed_after_send,
    history: row.history,
    hasPayload: row.payload !== null,
  };
}

function rowsOf(kind: RecordKind, source: JsonObject): SourceRow[] {
  const { lines } = source;
  // A customers file may have a column of that name, too.
  return kind === 'orders' && Array.isArray(lines) ? (lines as SourceRow[]) : [source as SourceRow];
}

/** A record that was mapped anew since its file came has today's configuration, not the one its file was read under. */
function usedRules(
  { rules_hash: hash, run_rules: rules, run_hash: runHash }: RecordRow,
  today: HashedRules | null,
): ExplainInput['used'] {
  const run = rules === null ? null : { rules, hash: runHash ?? '' };
  const used = today?.hash === hash.replace(/ bulk$/, '') ? today : (run ?? today);
  const compiled = used === null ? null : compiledOrNull(used);
  return used === null || compiled === null ? null : { ...used, compiled };
}

/** What went as history was decided when its file was read: by the lane, the cut-off, or what Klaviyo had. */
function isOfBulk(row: CustomerRow | EventRow): boolean {
  return 'bulk' in row ? row.bulk : row.history;
}

function titleOf(kind: RecordKind, row: CustomerRow | EventRow): string {
  if (kind === 'orders' || kind === 'rewards') {
    const label = 'label' in row ? row.label : null;
    return kind === 'orders'
      ? `Order ${label ?? row.external_id}`
      : `${label ?? 'Reward'} ${row.external_id}`;
  }
  const attributes = (row.payload as CustomerPayload | null)?.attributes;
  const name = [attributes?.first_name, attributes?.last_name].filter(Boolean).join(' ');
  return name === '' ? (attributes?.email ?? `Customer ${row.external_id}`) : name;
}

function identityOf(kind: RecordKind, row: CustomerRow | EventRow): RecordPage['identity'] {
  if ('customer_key' in row) {
    return [
      ...(row.label === null || kind === 'rewards' ? [] : [{ label: 'Order number', value: row.label }]),
      { label: 'Key in Apparel21', value: row.external_id },
    ];
  }
  const { email, phone } = row;
  return [
    ...(email === null ? [] : [{ label: 'E-mail', value: email }]),
    ...(phone === null ? [] : [{ label: 'Phone', value: phone }]),
    { label: 'Key in Apparel21', value: row.external_id },
  ];
}

function consentOf(
  row: CustomerRow,
  read: { decisions: DecisionRow[]; leavings: LeavingRow[]; timezone: string },
): RecordPage['consent'] {
  const { decisions, leavings, timezone } = read;
  return {
    channels: channelsOf(row, decisions, leavings, timezone),
    source: row.consent_source,
    history: decisions.map((decision) => toDecision(decision, timezone)),
  };
}

/** Pending records go by themselves unless somebody has switched that off. */
function isMoving(row: RecordRow, dataSync: boolean): boolean {
  const mayGo = !row.paused && row.removed_at === null && row.may_still_reach && (dataSync || row.send_now);
  return row.status === 'sending' || (row.status === 'pending' && mayGo);
}
