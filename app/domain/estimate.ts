/** Steady limits of Klaviyo that bind each step, requests a minute (rate limits of the endpoints, revision 2026-07-15). */
const PER_MINUTE = {
  profileImport: 150,
  profileUpsert: 750,
  reads: 750,
  subscribe: 750,
  unsubscribe: 750,
  events: 150,
};

export type Work = {
  /** Profiles to send and their bytes as JSON. */
  profiles: number;
  profileBytes: number;
  /** Profiles that have to go one by one. */
  singles: number;
  subscribes: number;
  unsubscribes: number;
  events: number;
  eventBytes: number;
  batchSize: number;
  batchBytes: number;
};

export type Estimate = { requests: Record<string, number>; totalRequests: number; minutes: number };

/**
 * Requests and minutes that work takes under Klaviyo's limits alone: a lower bound, because Klaviyo's own processing of
 * import jobs has no published speed. The steps follow each other, so their times add up.
 */
export function estimateWork(work: Work): Estimate {
  const requests = {
    profileImport: Math.max(
      Math.ceil(work.profiles / work.batchSize),
      Math.ceil(work.profileBytes / work.batchBytes),
    ),
    profileUpsert: work.singles,
    reads: Math.ceil((work.subscribes + work.unsubscribes) / 100),
    subscribe: Math.ceil(work.subscribes / 1_000),
    unsubscribe: Math.ceil(work.unsubscribes / 100),
    events: Math.max(Math.ceil(work.events / 1_000), Math.ceil(work.eventBytes / work.batchBytes)),
  };
  const kinds = Object.keys(requests) as (keyof typeof requests)[];
  const minutes = kinds.reduce((sum, kind) => sum + requests[kind] / PER_MINUTE[kind], 0);
  return {
    requests,
    totalRequests: kinds.reduce((sum, kind) => sum + requests[kind], 0),
    minutes: Math.round(minutes * 100) / 100,
  };
}
