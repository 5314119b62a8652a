import { z } from 'zod';

const summary = z.object({
  accounts: z.array(
    z.object({
      throttled: z.number(),
      duplicateEvents: z.number(),
      traffic: z.record(
        z.object({
          requests: z.number(),
          peaks: z.array(z.object({ seconds: z.number(), count: z.number(), peak: z.number() })),
        }),
      ),
    }),
  ),
});

export type KlaviyoTraffic = {
  requests: number;
  throttled: number;
  duplicateEvents: number;
  windows: { operation: string; requests: number; seconds: number; allowed: number; fullest: number }[];
};

/** What the local Klaviyo has seen so far; of each operation the window of its limits that was the fullest. */
export async function askKlaviyo(url: string): Promise<KlaviyoTraffic> {
  const answer = await fetch(`${url}/_state?summary=1`);
  const [account] = summary.parse(await answer.json()).accounts;
  const operations = Object.entries(account?.traffic ?? {});
  return {
    requests: operations.reduce((sum, [, { requests }]) => sum + requests, 0),
    throttled: account?.throttled ?? 0,
    duplicateEvents: account?.duplicateEvents ?? 0,
    windows: operations.flatMap(([operation, { requests, peaks }]) => {
      const [fullest] = peaks.toSorted((one, other) => other.peak / other.count - one.peak / one.count);
      return fullest === undefined
        ? []
        : [{ operation, requests, seconds: fullest.seconds, allowed: fullest.count, fullest: fullest.peak }];
    }),
  };
}
