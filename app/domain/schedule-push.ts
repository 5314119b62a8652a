import { DateTime } from 'luxon';
import { recordCount } from './record-change.ts';
import { RECORD_KINDS } from './records.ts';
import { nextLook } from './schedule-intake.ts';
import type { OpenBatches, ScheduleClock, ScheduleFacts, ScheduleSentence } from './schedule.ts';
import {
  counted,
  dueRecords,
  ofStatus,
  recordsInWords,
  someRecordsInWords,
  sumOf,
} from './schedule-words.ts';

/** What is sent to Klaviyo now, what is due, what waits for what and until when. */
export function pushSentences(facts: ScheduleFacts, clock: ScheduleClock): ScheduleSentence[] {
  return [
    ...stopSentences(facts, clock),
    ...underWaySentences(facts, clock),
    ...(isAtRest(facts) ? [nothingDue(facts, clock)] : []),
    ...dueSentences(facts, clock),
    ...waitSentences(facts, clock),
  ];
}

/** True when no record is on its way, due, or tried again by itself. */
function isAtRest(facts: ScheduleFacts): boolean {
  return sumOf(ofStatus(facts, 'pending')) === 0 && sumOf(ofStatus(facts, 'sending')) === 0;
}

function nothingDue({ lastSync, files }: ScheduleFacts, clock: ScheduleClock): ScheduleSentence {
  const last =
    lastSync === null
      ? 'No file has gone through yet.'
      : `The last sync ended ${clock.at(lastSync.at)} with ${lastSync.file}.`;
  const nothing = files.importing === null ? 'Nothing is due.' : 'Nothing else is due.';
  return { code: 'nothing-due', text: `${nothing} ${last}` };
}

function stopSentences(facts: ScheduleFacts, clock: ScheduleClock): ScheduleSentence[] {
  const sentences: ScheduleSentence[] = [];
  const pending = sumOf(ofStatus(facts, 'pending'));
  if (facts.isPaused) {
    const waits =
      pending === 0 ? '' : ` ${counted(pending, 'record')} stay${pending === 1 ? 's' : ''} pending.`;
    sentences.push({ code: 'paused', text: `Paused: nothing is sent until somebody resumes it.${waits}` });
  }
  if (facts.isKeyRefused) {
    const since = facts.keyRefusedAt === null ? '' : ` since ${clock.at(facts.keyRefusedAt)}`;
    const text = `Klaviyo refuses the private key${since}: nothing is sent until a new key is entered.`;
    sentences.push({ code: 'key-refused', text, tone: 'critical' });
  }
  const { push } = facts.trouble;
  if (push !== null && !facts.isKeyRefused) {
    const text = `Sending was stopped at ${clock.at(push.since)}. ${push.message}`;
    sentences.push({ code: 'push-trouble', text, tone: 'attention' });
  }
  if (facts.limitedUntil !== null && facts.limitedUntil > clock.now) {
    const text = `Klaviyo’s limit is reached: sending goes on at ${clock.at(facts.limitedUntil)}.`;
    sentences.push({ code: 'limit', text });
  }
  if (!facts.dataSync) {
    sentences.push(...syncOffSentences(facts));
  }
  if (facts.mode === 'test') {
    sentences.push(testMode(facts));
  }
  return sentences;
}

function syncOffSentences(facts: ScheduleFacts): ScheduleSentence[] {
  const pending = ofStatus(facts, 'pending');
  const waits =
    sumOf(pending) === 0 ? 'what is read stays pending' : `${recordsInWords(pending)} stay pending`;
  const off: ScheduleSentence = {
    code: 'sync-off',
    text: `Data sync is off: ${waits} until somebody sends ${sumOf(pending) === 1 ? 'it' : 'them'} or switches it on.`,
    tone: 'attention',
  };
  return sumOf(facts.asked.kinds) === 0
    ? [off]
    : [
        off,
        {
          code: 'asked',
          text: `Asked for by hand, so they go all the same: ${someRecordsInWords(facts.asked)}.`,
        },
      ];
}

function testMode({ testMaxRecords, testUsedUp, records }: ScheduleFacts): ScheduleSentence {
  const rule = `Test mode: of each file at most ${counted(testMaxRecords, 'record')} of a kind reach this account.`;
  const hasPending = RECORD_KINDS.some((kind) => records[kind].pending > 0);
  const usedUp =
    testUsedUp === null || testUsedUp === 0 || !hasPending
      ? ''
      : ` ${counted(testUsedUp, 'file')} ${testUsedUp === 1 ? 'has' : 'have'} used that up: the rest stays pending until the mode is production.`;
  return { code: 'test-mode', text: rule + usedUp };
}

function underWaySentences(facts: ScheduleFacts, clock: ScheduleClock): ScheduleSentence[] {
  const { batches, isPaused } = facts;
  const sentences: ScheduleSentence[] = [];
  const jobs = together(batches.filter(({ status }) => status === 'accepted'));
  if (jobs !== null) {
    const text = `Klaviyo works on ${counted(jobs.batches, 'import job')} with ${recordCount('customers', jobs.items)}${sinceWords(jobs, clock)}. ${isPaused ? 'What becomes of them is asked for when the connection is resumed.' : 'Each is followed to its end.'}`;
    sentences.push({ code: 'import-jobs', text });
  }
  const singles = together(batches.filter(isReplay));
  if (singles !== null) {
    const text = `Of ${counted(singles.batches, 'request')} with events nobody knows whether Klaviyo got ${singles.batches === 1 ? 'it' : 'them'}: the events of ${recordsOf(singles)} go again one by one, where a repeat does no harm.`;
    sentences.push({ code: 'replay', text });
  }
  const sending = together(batches.filter((one) => one.status === 'sending' && !isReplay(one)));
  if (sending !== null) {
    const text = `${counted(sending.batches, 'request')} with ${recordsOf(sending)} ${sending.batches === 1 ? 'is' : 'are'} on ${sending.batches === 1 ? 'its' : 'their'} way${sinceWords(sending, clock)}.`;
    sentences.push({ code: 'sending', text });
  }
  const uncertain = together(batches.filter(({ status }) => status === 'uncertain'));
  if (uncertain !== null) {
    const text = `Of ${counted(uncertain.batches, 'consent request')} for ${recordCount('customers', uncertain.items)} nobody knows whether Klaviyo got ${uncertain.batches === 1 ? 'it' : 'them'}: Klaviyo’s state is read until it shows. Nobody is subscribed twice.`;
    sentences.push({ code: 'uncertain', text });
  }
  return sentences;
}

/** Events one by one: what an uncertain bulk request becomes. */
function isReplay({ kind, status }: OpenBatches): boolean {
  return kind === 'event-single' && (status === 'planned' || status === 'sending');
}

type Together = { batches: number; items: number; since: Date | null };

function together(batches: OpenBatches[]): Together | null {
  if (batches.length === 0) {
    return null;
  }
  const since = batches.flatMap((one) => one.since ?? []).sort((a, b) => a.getTime() - b.getTime());
  return {
    batches: batches.reduce((sum, one) => sum + one.batches, 0),
    items: batches.reduce((sum, one) => sum + one.items, 0),
    since: since[0] ?? null,
  };
}

function recordsOf({ items }: { items: number }): string {
  return counted(items, 'record');
}

function sinceWords({ batches, since }: Together, clock: ScheduleClock): string {
  return since === null ? '' : `${batches === 1 ? ' since' : ', the oldest since'} ${clock.at(since)}`;
}

/** What would go by itself: nothing while the connection is stopped or data sync is off. */
function dueSentences(facts: ScheduleFacts, clock: ScheduleClock): ScheduleSentence[] {
  const due = dueRecords(facts);
  if (sumOf(due) === 0 || facts.isPaused || !facts.dataSync) {
    return [];
  }
  const kinds = RECORD_KINDS.filter((kind) => due[kind] > 0);
  const order =
    kinds.length > 1 || kinds[0] === 'customers'
      ? ' Profiles go first, then their consent, then orders and rewards.'
      : '';
  const when = whenWords(facts, clock);
  const text = isTestUsedUp(facts)
    ? `Pending: ${recordsInWords(due)}. What test mode still lets through of them goes by itself${when}.`
    : `Due: ${recordsInWords(due)}${when}.${order}`;
  const sentences: ScheduleSentence[] = [{ code: 'due', text }, ...estimateSentences(facts)];
  const { importing } = facts.files;
  if (importing !== null) {
    sentences.push({
      code: 'after-file',
      text: `What comes from ${importing.name} goes when all of it is read.`,
      fileId: importing.id,
    });
  }
  return sentences;
}

/** Some of what is pending stays so in test mode, and nobody knows which. */
function isTestUsedUp({ mode, testUsedUp }: ScheduleFacts): boolean {
  return mode === 'test' && (testUsedUp ?? 0) > 0;
}

/** When what is due goes, as far as it is known. */
function whenWords(facts: ScheduleFacts, clock: ScheduleClock): string {
  if (facts.isKeyRefused) {
    return ', as soon as there is a new key';
  }
  if (facts.limitedUntil !== null && facts.limitedUntil > clock.now) {
    return `, from ${clock.at(facts.limitedUntil)} on`;
  }
  if (facts.batches.length > 0) {
    return ', after what is on its way';
  }
  const next = nextLook(facts);
  return next !== null && next > clock.now ? `, with the look at the folder at ${clock.at(next)}` : '';
}

function estimateSentences({ estimate, mode }: ScheduleFacts): ScheduleSentence[] {
  // In test mode only some of it goes, and nobody knows which.
  if (estimate === null || estimate.totalRequests === 0 || mode === 'test') {
    return [];
  }
  const minutes = Math.floor(estimate.minutes);
  const time = estimate.minutes < 1 ? 'less than a minute' : `at least ${counted(minutes, 'minute')}`;
  return [
    {
      code: 'estimate',
      text: `That takes about ${counted(estimate.totalRequests, 'request')}: ${time} at Klaviyo’s limits. How long Klaviyo works on import jobs comes on top and is not known before.`,
    },
  ];
}

function waitSentences(facts: ScheduleFacts, clock: ScheduleClock): ScheduleSentence[] {
  const sentences: ScheduleSentence[] = [];
  for (const kind of ['orders', 'rewards'] as const) {
    const count = facts.records[kind].waiting;
    if (count > 0) {
      const verb = count === 1 ? 'waits until its customer has' : 'wait until their customers have';
      const text = `${recordCount(kind, count)} ${verb} arrived in Klaviyo, and ${count === 1 ? 'goes' : 'go'} by ${count === 1 ? 'itself' : 'themselves'} then.`;
      sentences.push({ code: 'waiting', text, kind });
    }
  }
  const { later } = facts;
  if (later.firstAt !== null && sumOf(later.kinds) > 0) {
    const text = `Tried again later: ${someRecordsInWords(later)}, the first at ${clock.at(later.firstAt)}.`;
    sentences.push({ code: 'later', text });
  }
  for (const kind of RECORD_KINDS) {
    const count = facts.records[kind].failed;
    if (count > 0) {
      const text = `${recordCount(kind, count)} failed and ${count === 1 ? 'goes' : 'go'} again only when somebody retries ${count === 1 ? 'it' : 'them'} or a file brings a change.`;
      sentences.push({ code: 'failed', text, tone: 'attention', kind });
    }
  }
  const history =
    facts.historyBefore === null ? null : DateTime.fromISO(facts.historyBefore, { zone: 'utc' });
  if (history?.isValid) {
    const day = history.setLocale('en').toFormat('d LLL yyyy');
    sentences.push({
      code: 'history',
      text: `Orders before ${day} are sent as history, which starts no flows.`,
    });
  }
  return sentences;
}
