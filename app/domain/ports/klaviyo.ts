/** What the path of the data needs of Klaviyo: raw JSON:API over HTTP with pacing; types only. */

/** Operations with a rate limit of their own (klaviyo rate-limit page, revision 2026-07-15). */
export type KlaviyoOperation =
  | 'importProfiles'
  | 'listImportJobs'
  | 'getImportJob'
  | 'getImportErrors'
  | 'upsertProfile'
  | 'getProfiles'
  | 'createEvents'
  | 'createEvent'
  | 'subscribe'
  | 'unsubscribe'
  | 'getLists'
  | 'createList'
  | 'addToList'
  | 'getAccounts'
  | 'getMetrics'
  | 'deleteProfile';

export type KlaviyoRequest = {
  operation: KlaviyoOperation;
  /** Path below the origin with query, e.g. `/api/lists?page[size]=10`; ids are encoded by the caller. */
  path: string;
  method: 'GET' | 'POST';
  /** Serialised JSON body, built once by the caller. */
  body?: string;
};

/**
 * What came of a request.
 * - `answered`: Klaviyo answered with this status (any but 429 and 5xx).
 * - `throttled`: 429, nothing was done; try again after `retryAfterMs`.
 * - `not-sent`: the connection failed before the request left: nothing was done.
 * - `ambiguous`: reset, time-out, 5xx: it may have been done or not.
 */
export type KlaviyoAnswer =
  | {
      outcome: 'answered';
      status: number;
      body: unknown;
      headers: Record<string, string>;
      requestId: string | null;
    }
  | { outcome: 'throttled'; retryAfterMs: number }
  | { outcome: 'not-sent'; reason: string }
  | { outcome: 'ambiguous'; reason: string; status: number | null };

/** A client bound to one private key. All clients of one account share its limits. */
export type KlaviyoClient = {
  /**
   * Sends once, after waiting for room in the operation's limits. Never throws for what the network or Klaviyo does; when
   * the database that keeps the shared limits does not answer, it rejects as the database does and nothing was sent.
   * `signal` ends the waiting and the request; `patience` ends the waiting only (`not-sent`): what has left is answered.
   */
  send(request: KlaviyoRequest, signal?: AbortSignal, patience?: AbortSignal): Promise<KlaviyoAnswer>;
  /** Requests sent since this client was made, by operation. */
  counts(): Partial<Record<KlaviyoOperation, number>>;
};

export type KlaviyoPort = {
  /** `accountId`: whose limits the key draws on, as Klaviyo's answer to `getAccounts` said; unknown = the key's own. */
  connect(apiKey: string, accountId?: string | null): KlaviyoClient;
};
