import { SKIPPED_BY_PERSON, type RecordKind } from '../domain/records.ts';
import { mayStillReach } from '../pipeline/push/test-slots.ts';
import type { ExplainedPayload } from './explain-record.server.ts';
import type { RecordRow } from './record-page.server.ts';

/** What a person may do to the record as it stands. The services check it again. */
export type Deeds = { canRetry: boolean; canSyncNow: boolean; canSkip: boolean };
/** Where the cause of a failure is put right. */
export type Fix = { label: string; url: string };

/** What may be done; nothing while it travels. A record that a mapping keeps back has nothing to send. */
export function deedsOf({ status, payload, reason, removed_at: removedAt }: RecordRow): Deeds {
  const canSend = payload !== null && removedAt === null;
  const isSetAside = status === 'skipped' && reason?.code === SKIPPED_BY_PERSON;
  return {
    canRetry: status === 'failed' && canSend,
    canSyncNow: (status === 'failed' || status === 'pending' || isSetAside) && canSend,
    canSkip: ['failed', 'pending', 'waiting', 'held'].includes(status) && removedAt === null,
  };
}

/** The target whose mapping decides about each cause; the column settings where there is none. */
const CAUSES: Record<string, { targets: string[]; else: Fix | null }> = {
  no_identity: {
    targets: ['email', 'phone_number', 'external_id'],
    else: { label: 'Check columns', url: '/app/settings/columns' },
  },
  missing_time: { targets: ['event.time'], else: { label: 'Check columns', url: '/app/settings/columns' } },
  bad_time: { targets: ['event.time'], else: { label: 'Check columns', url: '/app/settings/columns' } },
  time_too_early: { targets: ['event.time'], else: { label: 'Check columns', url: '/app/settings/columns' } },
  event_name_too_long: { targets: ['event.name'], else: null },
  skipped_by_rule: { targets: ['skip'], else: null },
};

const SCOPES: Record<RecordKind, string> = { customers: 'customer', orders: 'order', rewards: 'reward' };

/** Where the cause is put right when a mapping or a column setting is it; null when it is neither. */
export function fixOf(
  kind: RecordKind,
  { status, payload, reason }: RecordRow,
  explained: ExplainedPayload,
): Fix | null {
  if (payload !== null || (status !== 'failed' && status !== 'skipped')) {
    return null;
  }
  const cause = CAUSES[reason?.code ?? ''];
  const about = explained.beside.find(
    ({ target, why }) => why.mappingUrl !== null && (cause === undefined || cause.targets.includes(target)),
  );
  if (cause !== undefined && about?.why.mappingUrl) {
    return { label: status === 'failed' ? 'Fix mapping' : 'Open mapping', url: about.why.mappingUrl };
  }
  return cause?.else ?? { label: 'Open mappings', url: `/app/mappings?scope=${SCOPES[kind]}` };
}

/** What the words about a status are made of. */
export type StandingRow = Pick<
  RecordRow,
  'status' | 'reason' | 'next_attempt_at' | 'synced_at' | 'send_now' | 'file' | 'key_refused_at'
> &
  Pick<RecordRow, 'connection' | 'paused' | 'mode' | 'test_max_records' | 'may_still_reach' | 'removed_at'>;

/** SQL: the columns of `StandingRow`, of a record `t`, its connection `c` and its file `f`. */
export const STANDING_COLUMNS = `t.status, t.reason, t.next_attempt_at, t.synced_at, t.send_now, f.name AS file,
  c.name AS connection, c.paused, c.mode, c.key_refused_at, c.removed_at, c.test_max_records,
  CASE WHEN c.mode = 'test' THEN ${mayStillReach('c.test_max_records')} ELSE true END AS may_still_reach`;

/** What the status of a record means and what happens next, in one or two sentences. */
export function statusWords(
  row: StandingRow,
  { dataSync, at }: { dataSync: boolean; at: (moment: Date) => string },
): string {
  const message = row.reason?.message ?? null;
  if (row.removed_at !== null && row.status === 'sending') {
    return 'It was on its way to Klaviyo when its connection was removed: nothing more is sent, and nobody asks whether it arrived. When the same connection is added again, that is found out first.';
  }
  if (row.removed_at !== null && row.status !== 'synced') {
    return `${message === null ? '' : `${message} `}Its connection was removed: nothing is sent any more.`;
  }
  switch (row.status) {
    case 'synced':
      return row.synced_at === null ? 'Klaviyo has it.' : `Klaviyo has it since ${at(row.synced_at)}.`;
    case 'sending':
      return 'On its way to Klaviyo.';
    case 'pending':
      return pendingWords(row, { dataSync, at });
    case 'waiting':
      return message ?? 'Waits for its customer to reach Klaviyo.';
    case 'failed':
      return capital(message ?? 'It could not be sent, and Klaviyo gave no reason.');
    case 'skipped':
      return message ?? 'A rule leaves it out.';
    default:
      return message ?? 'Held until a person has decided about its file.';
  }
}

function pendingWords(
  row: StandingRow,
  { dataSync, at }: { dataSync: boolean; at: (moment: Date) => string },
): string {
  if (row.paused) {
    return `Waits: "${row.connection}" is paused. It goes when the connection is resumed.`;
  }
  if (row.key_refused_at !== null) {
    return `Waits: Klaviyo refuses the private key of "${row.connection}". Enter a new key in Settings.`;
  }
  if (!row.may_still_reach) {
    return heldBackWords(row);
  }
  if (!dataSync && !row.send_now) {
    return 'Waits: data sync is off. It goes when you switch it on, or with Sync now.';
  }
  if (row.next_attempt_at !== null) {
    const why = row.reason?.message;
    return `${why === undefined ? '' : `${why} `}Is tried again at ${at(row.next_attempt_at)}.`;
  }
  return 'Waits to be sent, which takes a moment.';
}

function heldBackWords({ connection, file, test_max_records: most }: StandingRow): string {
  const records = most === 1 ? 'one record' : `${most} records`;
  const others = most === 0 ? '' : ` Of ${file ?? 'its file'} others came first.`;
  return `Held back: "${connection}" is in test mode, which lets ${most === 0 ? 'no record' : `only ${records}`} of each file reach Klaviyo.${others} It goes when the connection is set to production, or when more records are allowed.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
