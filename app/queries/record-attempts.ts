import type { BatchKind } from '../pipeline/push/push.ts';
import { shopTime } from './shop-time.ts';

export type AttemptRow = {
  created_at: Date;
  sent_at: Date | null;
  confirmed_at: Date | null;
  kind: BatchKind;
  batch_status: string;
  part: string;
  outcome: string | null;
  code: string | null;
  detail: string | null;
  job_id: string | null;
  batch_id: string;
  list: string | null;
};

/** One request to Klaviyo that this record was part of. */
export type Attempt = {
  id: string;
  at: string;
  what: string;
  outcome: string;
  tone: 'success' | 'critical' | 'attention' | null;
  /** Klaviyo's answer, or what it means, in a sentence. */
  answer: string | null;
  ids: { label: string; value: string }[];
};

/** A request in the merchant's words, times in the shop's zone. */
export function toAttempt(row: AttemptRow, timezone: string): Attempt {
  const { word, tone, answer } = outcomeOf(row);
  return {
    id: `${row.batch_id} ${row.part}`,
    at: shopTime(row.sent_at ?? row.created_at, timezone),
    what: whatOf(row),
    outcome: word,
    tone,
    answer,
    ids: [
      ...(row.job_id === null ? [] : [{ label: 'Klaviyo job', value: row.job_id }]),
      { label: 'Request', value: row.batch_id },
    ],
  };
}

function whatOf({ kind, part, list }: AttemptRow): string {
  const channel = part === 'consent.sms' ? 'SMS' : 'e-mail';
  switch (kind) {
    case 'profile-import':
      return list === null ? 'Profile import' : `Profile import into the list ${list}`;
    case 'profile-upsert':
      return 'Profile, sent on its own';
    case 'subscribe':
      return `Subscription to ${channel}`;
    case 'unsubscribe':
      return `Unsubscription from ${channel}`;
    case 'events':
      return 'Events';
    default:
      return 'Events, sent one by one';
  }
}

function outcomeOf(row: AttemptRow): { word: string; tone: Attempt['tone']; answer: string | null } {
  switch (row.outcome) {
    case 'done':
      return { word: 'Done', tone: 'success', answer: doneWords(row) };
    case 'refused':
      return { word: 'Refused', tone: 'critical', answer: row.detail ?? 'Klaviyo gave no reason.' };
    case 'conflict':
      return {
        word: 'Refused',
        tone: 'attention',
        answer: 'Its identifiers belong to several profiles in Klaviyo. It is sent again on its own.',
      };
    case 'withdrawn':
      return { word: 'Taken back', tone: null, answer: withdrawnWords(row) };
    default:
      return openWords(row.batch_status);
  }
}

function withdrawnWords({ job_id: job }: AttemptRow): string {
  return job === null
    ? 'It was not sent in this form, or was split up. The record goes with another request.'
    : 'Klaviyo did not finish this job for the record. It goes with another request.';
}

function doneWords({ kind }: AttemptRow): string {
  switch (kind) {
    case 'profile-import':
      return 'Klaviyo imported the profile without an error.';
    case 'profile-upsert':
      return 'Klaviyo saved the profile.';
    case 'subscribe':
    case 'unsubscribe':
      return 'Klaviyo accepted the change of consent.';
    default:
      return 'Klaviyo accepted the events.';
  }
}

function openWords(status: string): { word: string; tone: Attempt['tone']; answer: string | null } {
  switch (status) {
    case 'accepted':
      return { word: 'Importing', tone: 'attention', answer: 'Klaviyo took the job and is working on it.' };
    case 'uncertain':
      return {
        word: 'Unclear',
        tone: 'attention',
        answer: 'Klaviyo gave no clear answer. Its own state is read until it is certain.',
      };
    case 'sending':
      return { word: 'Sending', tone: 'attention', answer: null };
    default:
      return { word: 'Queued', tone: null, answer: null };
  }
}
