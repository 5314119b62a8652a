import { setTimeout as sleep } from 'node:timers/promises';
import { faultSpec, type FaultSpec, type FullFaultSpec } from './options.ts';
import { seededRandom } from './random.ts';

type FaultKind = FullFaultSpec['kind'];

/** What is to go wrong with one request. */
export type Fault = FullFaultSpec;

export type Faults = {
  set(faults: FaultSpec[]): void;
  /** The first fault that strikes this request, null for none. */
  next(request: { method: string; path: string; account: string | null }): Fault | null;
  /** For the state: what is set and how often it struck. */
  report(): { kind: FaultKind; struck: number }[];
};

/** Faults that leave the request undone, unless they say `accepted`. */
const EARLY: FaultKind[] = ['429', '500', '502', '503', '504', 'reset-before', 'hang', 'html-error'];

export function createFaults(initial: FaultSpec[]): Faults {
  let plans = initial.map(createPlan);
  return {
    set(faults) {
      plans = faults.map(createPlan);
    },
    next(request) {
      for (const plan of plans) {
        if (plan.strikes(request)) {
          return plan.fault;
        }
      }
      return null;
    },
    report: () => plans.map((plan) => ({ kind: plan.fault.kind, struck: plan.struck() })),
  };
}

/** True when the operation must not be carried out. */
export function preventsWork(fault: Fault): boolean {
  const isPlain = fault.kind === '429' || fault.kind === 'reset-before';
  return EARLY.includes(fault.kind) && (isPlain || !fault.accepted);
}

/** Waits, but not longer than the stand-in lives. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}

function createPlan(spec: FaultSpec) {
  const fault = faultSpec.parse(spec);
  const random = seededRandom(fault.seed);
  const { method, path, account } = fault.match;
  const pattern = path?.startsWith('^') ? new RegExp(path) : null;
  let seen = 0;
  let struck = 0;
  return {
    fault,
    struck: () => struck,
    strikes(request: { method: string; path: string; account: string | null }): boolean {
      const isMeant =
        (method === undefined || method.toUpperCase() === request.method) &&
        (path === undefined || (pattern?.test(request.path) ?? request.path.startsWith(path))) &&
        (account === undefined || account === request.account);
      if (!isMeant) {
        return false;
      }
      seen += 1;
      if (seen <= fault.after || struck >= (fault.times ?? Number.POSITIVE_INFINITY)) {
        return false;
      }
      if (random() >= fault.probability) {
        return false;
      }
      struck += 1;
      return true;
    },
  };
}
