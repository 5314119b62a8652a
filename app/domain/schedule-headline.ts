import { nextLook } from './schedule-intake.ts';
import type { Schedule, ScheduleClock, ScheduleFacts } from './schedule.ts';
import {
  counted,
  dueRecords,
  ofStatus,
  placeInFile,
  recordsInWords,
  someRecordsInWords,
  sumOf,
} from './schedule-words.ts';

type Headline = Pick<Schedule, 'state' | 'headline'>;

/** What matters most about a connection now, in one sentence. */
export function headlineOf(facts: ScheduleFacts, clock: ScheduleClock): Headline {
  return (
    stopped(facts) ??
    working(facts) ??
    heldUp(facts, clock) ??
    due(facts, clock) ??
    waiting(facts, clock) ?? {
      state: 'idle',
      headline: 'Nothing is due.',
    }
  );
}

function stopped(facts: ScheduleFacts): Headline | null {
  const pending = sumOf(ofStatus(facts, 'pending'));
  const waits = pending === 0 ? '' : ` ${counted(pending, 'record')} pending.`;
  if (facts.isPaused) {
    return { state: 'stopped', headline: `Paused: nothing more is read or sent.${waits}` };
  }
  return facts.isKeyRefused
    ? { state: 'stopped', headline: `Nothing is sent until a new key is entered.${waits}` }
    : null;
}

function working({ files, records, batches }: ScheduleFacts): Headline | null {
  if (files.importing !== null) {
    const place = placeInFile(files.importing);
    return {
      state: 'working',
      headline: `Reading ${files.importing.name}${place === null ? '' : `, ${place}`}.`,
    };
  }
  const { customers, orders, rewards } = records;
  const sending = { customers: customers.sending, orders: orders.sending, rewards: rewards.sending };
  return batches.length > 0 && sumOf(sending) > 0
    ? { state: 'working', headline: `Sending ${recordsInWords(sending)}.` }
    : null;
}

/** Something keeps due records back for a while, without a person. */
function heldUp(facts: ScheduleFacts, clock: ScheduleClock): Headline | null {
  const records = dueRecords(facts);
  if (sumOf(records) === 0 || !facts.dataSync) {
    return null;
  }
  if (facts.limitedUntil !== null && facts.limitedUntil > clock.now) {
    const headline = `${recordsInWords(records)} due, at Klaviyo’s limit until ${clock.at(facts.limitedUntil)}.`;
    return { state: 'due', headline };
  }
  return facts.trouble.push === null
    ? null
    : { state: 'due', headline: `${recordsInWords(records)} due. Sending was stopped and is tried again.` };
}

function due(facts: ScheduleFacts, clock: ScheduleClock): Headline | null {
  // Nobody looked, or it is: what is pending in test mode may stay so.
  const isUsedUp = facts.mode === 'test' && facts.testUsedUp !== 0;
  const records = dueRecords(facts);
  if (facts.dataSync && sumOf(records) > 0 && !isUsedUp) {
    const next = nextLook(facts);
    const when = next !== null && next > clock.now ? `, next at ${clock.at(next)}` : '';
    return { state: 'due', headline: `${recordsInWords(records)} due${when}.` };
  }
  if (!facts.dataSync && sumOf(facts.asked.kinds) > 0) {
    return {
      state: 'due',
      headline: `Data sync is off. Asked for by hand: ${someRecordsInWords(facts.asked)}.`,
    };
  }
  const { queued, unsettled } = facts.files;
  return queued + unsettled > 0
    ? { state: 'due', headline: `${counted(queued + unsettled, 'file')} to be read.` }
    : null;
}

function waiting(facts: ScheduleFacts, clock: ScheduleClock): Headline | null {
  const pending = ofStatus(facts, 'pending');
  const { later, files } = facts;
  if (!facts.dataSync && sumOf(pending) > 0) {
    return { state: 'waiting', headline: `Data sync is off: ${recordsInWords(pending)} pending.` };
  }
  if (facts.mode === 'test' && sumOf(dueRecords(facts)) > 0) {
    return { state: 'waiting', headline: `Test mode: ${recordsInWords(pending)} pending.` };
  }
  if (later.firstAt !== null && sumOf(later.kinds) > 0) {
    return {
      state: 'waiting',
      headline: `${someRecordsInWords(later)} tried again at ${clock.at(later.firstAt)}.`,
    };
  }
  if (files.held > 0) {
    return { state: 'waiting', headline: `Nothing is due. ${counted(files.held, 'file')} held.` };
  }
  if (files.bulk > 0) {
    return {
      state: 'waiting',
      headline: `Nothing is due. ${counted(files.bulk, 'bulk file')} to be started.`,
    };
  }
  const waitingNow = ofStatus(facts, 'waiting');
  return sumOf(waitingNow) > 0
    ? {
        state: 'waiting',
        headline: `Nothing is due. ${recordsInWords(waitingNow)} ${sumOf(waitingNow) === 1 ? 'waits for its customer' : 'wait for their customers'}.`,
      }
    : null;
}
