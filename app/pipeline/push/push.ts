import type { OptIn } from '../../domain/consent.ts';
import type { RetirementNotice } from '../../domain/klaviyo-revision.ts';
import type { KlaviyoClient } from '../../domain/ports/klaviyo.ts';
import type { RecordKind } from '../../domain/records.ts';
import type { ConnectionScope } from '../load-connections.ts';
import { sooner, type Turn } from '../turn.ts';

/**
 * - `profile-import`: bulk import job, followed to its end
 * - `profile-upsert`: profiles one by one, for what a job cannot do (clears) or could not settle (conflicts)
 * - `subscribe`, `unsubscribe`: consent
 * - `events`: bulk events · `event-single`: events one by one, the replay of an uncertain bulk request
 */
export type BatchKind =
  'profile-import' | 'profile-upsert' | 'subscribe' | 'unsubscribe' | 'events' | 'event-single';

/**
 * planned → sending → accepted (jobs only) → done. `uncertain`: sent, but nobody knows whether it arrived.
 * `withdrawn`: taken back before it was sent, or split; its records were planned anew.
 */
export type BatchStatus = 'planned' | 'sending' | 'uncertain' | 'accepted' | 'done' | 'withdrawn';

/** Why a list cannot be had now, in the merchant's words, and when it is tried again (ISO-8601). */
export type ListTrouble = { code: ListTroubleCode; message: string; againAt: string };
export const LIST_TROUBLES = ['list_quota', 'list_refused'] as const;
type ListTroubleCode = (typeof LIST_TROUBLES)[number];
/** A list, or why it cannot be had now: nobody but its members waits for that. */
export type FoundList = { id: string; trouble: null } | { id: null; trouble: ListTrouble };

export type Batch = {
  id: string;
  kind: BatchKind;
  status: BatchStatus;
  grouping: BatchGrouping;
  jobId: string | null;
  sentAt: Date | null;
};

export type BatchGrouping = {
  recordKind?: RecordKind;
  list?: string | null;
  source?: string | null;
  historical?: boolean;
  /** Its profiles go without their list, which they join later. */
  waits?: ListTrouble;
  /** Klaviyo asks the person first, or may do so (double opt-in), and its state does not show that it did. */
  asksFirst?: boolean;
};

/** One pass over one connection's pending records. */
export type Push = {
  shopId: string;
  scope: ConnectionScope;
  klaviyo: KlaviyoClient;
  /** Data sync is off: of what is pending only the records that a person asked for (`send_now`) go. */
  askedForOnly: boolean;
  /** Where planning goes on: records are taken in id order, so that a pass does not look at the same ones again. */
  cursors: Map<string, string>;
  /** Kinds of which something was planned since their cursor wrapped around: only then another round makes sense. */
  plannedSinceWrap: Set<string>;
  /** Lists that were looked up anew in this pass because Klaviyo did not know the remembered id. */
  forgottenLists: Set<string>;
  /** Lists that are being looked up or created: a second sender waits for the first, or there would be two lists. */
  listsUnderWay: Map<string, Promise<FoundList>>;
  /** Lists that cannot be had in this pass, by name. */
  listTroubles: Map<string, ListTrouble>;
  /** Who says whether people are asked to confirm, by the list's name, as of this pass. */
  optIns: Map<string, Promise<OptIn>>;
  /** The account has an age gate: it asks for dates of birth with SMS consent. Learned from a refusal. */
  asksBirthDate: boolean;
  /** What Klaviyo said in this pass about the end of our API revision; null = nothing. */
  retirement: RetirementNotice | null;
  /** Records that have reached Klaviyo in this pass, for the progress bar. */
  sent: { profiles: number; subscribes: number; unsubscribes: number; events: number };
  turn: Turn;
  /** Something that takes its time is to be looked at again after so many ms; null = nothing is. */
  againInMs: number | null;
  /** Profiles became due again while consent was planned: the pass begins anew. */
  hasProfilesAgain: boolean;
  /** Nothing more is begun in this turn: what comes next has to wait for what is to be looked at again. */
  isLeaving: boolean;
};

/** As much of a pass as talking to Klaviyo takes: requests of other work are waited for, repeated and explained alike. */
export type Talk = Pick<Push, 'scope' | 'klaviyo' | 'turn' | 'retirement' | 'againInMs' | 'isLeaving'>;

/** True when nothing more is to be begun in this turn. What is under way comes to its end. */
export function isOver(push: Talk): boolean {
  return push.isLeaving || push.turn.over.aborted;
}

/** Has the next turn go on after so many ms. */
export function comeAgain(push: Talk, ms: number, { leave }: { leave: boolean }): void {
  push.againInMs = sooner(push.againInMs, ms);
  push.isLeaving ||= leave;
}

/** Ends a round of planning: the cursor goes back to the start. True when the round planned something. */
export function wrapCursor(push: Push, kind: string): boolean {
  push.cursors.delete(kind);
  return push.plannedSinceWrap.delete(kind);
}
