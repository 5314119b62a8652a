import type { FaultSpec } from '#workers/local/klaviyo/options.ts';
import type { SoakOptions } from './options.ts';

/** Kinds of everyday trouble and their share of it. `accepted`: Klaviyo did the work and only its answer is lost. */
const EVERYDAY: (FaultSpec & { weight: number })[] = [
  { kind: '429', weight: 3, retryAfterSeconds: 1 },
  { kind: '500', weight: 2 },
  { kind: '503', weight: 2, accepted: true },
  { kind: 'reset-before', weight: 3 },
  { kind: 'reset-after', weight: 3 },
  { kind: 'truncate', weight: 2 },
  { kind: 'html-error', weight: 1 },
  { kind: 'slow', weight: 3, delayMs: 2_000 },
  { kind: 'cancel-job', weight: 1 },
];

/** Requests that must not simply be repeated. */
const NOT_TWICE = ['/api/profile-subscription-bulk', '/api/event-bulk-create-jobs'];

/** What goes wrong at Klaviyo: accounts that are down get no answer at all, all others the everyday trouble. */
export function faultsOf(
  { faultShare, hangShare, seed }: Pick<SoakOptions, 'faultShare' | 'hangShare' | 'seed'>,
  downAccounts: readonly string[],
): FaultSpec[] {
  const sum = EVERYDAY.reduce((total, { weight }) => total + weight, 0);
  return [
    ...downAccounts.flatMap((account): FaultSpec[] => [
      { match: { account }, kind: 'hang', probability: hangShare, seed },
      { match: { account }, kind: 'reset-before' },
    ]),
    // Where nobody knows whether it was done, and doing it again would be seen: more often than anything else.
    ...NOT_TWICE.map((path): FaultSpec => {
      return { match: { method: 'POST', path }, kind: 'reset-after', probability: faultShare * 4, seed };
    }),
    // The first that strikes counts: small probabilities one after the other add up to the whole share, nearly.
    ...EVERYDAY.map(({ weight, ...fault }, index): FaultSpec => {
      return { ...fault, probability: (faultShare * weight) / sum, seed: seed + index + 1 };
    }),
  ];
}
