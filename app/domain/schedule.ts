import type { Estimate } from './estimate.ts';
import type { RecordKind, RecordStatus } from './records.ts';
import { intakeSentences } from './schedule-intake.ts';
import { headlineOf } from './schedule-headline.ts';
import { pushSentences } from './schedule-push.ts';

/** Some records of each kind; `isMore` = there are more than were counted. */
export type SomeRecords = { kinds: Record<RecordKind, number>; isMore: boolean };

/** Batches of one kind that are in one state (see the pipeline's README). */
export type OpenBatches = {
  kind: string;
  status: 'planned' | 'sending' | 'accepted' | 'uncertain';
  batches: number;
  items: number;
  /** When the oldest left; null = none has. */
  since: Date | null;
};

/** Everything that decides what a connection does next, as it stands. */
export type ScheduleFacts = {
  directory: string;
  isPaused: boolean;
  isKeyRefused: boolean;
  /** Null when it is not known since when. */
  keyRefusedAt: Date | null;
  hasSftp: boolean;
  dataSync: boolean;
  mode: 'production' | 'test';
  testMaxRecords: number;
  /** `2026-01-31`; null = none. */
  historyBefore: string | null;
  poll: { everySeconds: number; lastAt: Date | null };
  files: {
    /** The one that is read, or whose reading was interrupted. */
    importing: { id: string; name: string; read: number; total: number } | null;
    /** At rest, to be read in this order; `first` names some of them. */
    queued: number;
    first: string[];
    /** Not the same on two looks yet. */
    unsettled: number;
    /** Read and not moved away yet. */
    toMove: number;
    held: number;
    bulk: number;
    unrecognised: number;
  };
  records: Record<RecordKind, Record<RecordStatus, number>>;
  /** Pending records with a time before which they are not tried again. */
  later: SomeRecords & { firstAt: Date | null };
  /** Records that a person asked to send while data sync is off. */
  asked: SomeRecords;
  batches: OpenBatches[];
  /** Klaviyo takes nothing more of this account until then. */
  limitedUntil: Date | null;
  /** What stopped the last look at the folder, and the last sending. */
  trouble: { intake: Trouble | null; push: Trouble | null };
  lastSync: { at: Date; file: string } | null;
  /** Files of which test mode has let through all that it lets through; null = nobody looked. */
  testUsedUp: number | null;
  /** What sending all that is due would take; null = nobody looked. */
  estimate: Estimate | null;
};
export type Trouble = { message: string; since: Date };

/** How moments are told: `now`, and a moment in the shop's zone. */
export type ScheduleClock = { now: Date; at(moment: Date): string };

export type SentenceCode =
  | 'paused'
  | 'no-sftp'
  | 'intake-trouble'
  | 'poll'
  | 'poll-overdue'
  | 'reading'
  | 'queued'
  | 'unsettled'
  | 'to-move'
  | 'held'
  | 'bulk'
  | 'unrecognised'
  | 'no-files'
  | 'key-refused'
  | 'push-trouble'
  | 'limit'
  | 'sync-off'
  | 'asked'
  | 'test-mode'
  | 'import-jobs'
  | 'sending'
  | 'uncertain'
  | 'replay'
  | 'due'
  | 'after-file'
  | 'estimate'
  | 'waiting'
  | 'later'
  | 'failed'
  | 'history'
  | 'nothing-due';

export type ScheduleSentence = {
  code: SentenceCode;
  text: string;
  /** `attention`: waits for a person; `critical`: stands still until a person acts. */
  tone?: 'attention' | 'critical';
  /** What it is about, for a link: a file, or records of this kind. */
  fileId?: string;
  kind?: RecordKind;
};

/**
 * - `stopped`: paused or the key is refused · `working`: something is under way · `due`: goes by itself soon
 * - `waiting`: for a person, a time or a customer · `idle`: nothing is due
 */
export type ScheduleState = 'stopped' | 'working' | 'due' | 'waiting' | 'idle';

/** What a connection does, what waits for what and until when, in plain sentences. */
export type Schedule = {
  state: ScheduleState;
  /** The one sentence for a list of connections. */
  headline: string;
  intake: ScheduleSentence[];
  push: ScheduleSentence[];
};

/** The schedule that follows from the facts. Says nothing that they do not hold. */
export function describeSchedule(facts: ScheduleFacts, clock: ScheduleClock): Schedule {
  return {
    ...headlineOf(facts, clock),
    intake: intakeSentences(facts, clock),
    push: pushSentences(facts, clock),
  };
}
