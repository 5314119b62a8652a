import type { Account } from './account.ts';
import type { Later } from './later.ts';
import type { Switches } from './options.ts';
import type { Random } from './random.ts';

/** What all accounts of the stand-in share. */
export type Service = {
  clock(): number;
  random: Random;
  switches: Switches;
  later: Later;
  /** How long an import job takes, milliseconds; the real one lies between half and one and a half times that. */
  jobDurationMs: number;
  /** How long consent, deletion, merging and suppression take, milliseconds. */
  processingDelayMs: number;
};

/** One authenticated request for one operation. */
export type Call = {
  service: Service;
  account: Account;
  now: number;
  requestId: string;
  /** `{id}` and the like of the path. */
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
  bodyBytes: number;
  revision: string;
  /** `http://127.0.0.1:1234`, for links. */
  origin: string;
  /** Path and query as asked for. */
  target: string;
  /** A fault: the import job that this request creates stops half-way. */
  cancelsJob: boolean;
};

export type Answer = { status: number; body: unknown; headers?: Record<string, string> };

/** An answer without a body, as 202 and 204 have it. */
export function emptyAnswer(status: 202 | 204, headers?: Record<string, string>): Answer {
  return { status, body: null, headers };
}

/** Revisions up to 2025 still knew `anonymous_id` on profiles and took numbers for `external_id`. */
export function isOlderRevision(revision: string): boolean {
  return revision < '2026-01-15';
}
