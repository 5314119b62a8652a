import { ACCOUNT_REQUEST, readAccount, type KlaviyoAccount } from '../domain/klaviyo-account.ts';
import { explainRefusal } from '../domain/klaviyo-errors.ts';
import type { KlaviyoAnswer, KlaviyoClient, KlaviyoRequest } from '../domain/ports/klaviyo.ts';

export type ScopeState = {
  scope: string;
  /** What it is needed for, to follow "needed". */
  why: string;
  /** `unknown`: the question got no answer. */
  state: 'granted' | 'missing' | 'unknown';
};

/** What a private key is good for. `works` says nothing about its scopes; `unreachable` tells why in a few words. */
export type KeyProbe =
  | {
      outcome: 'works';
      account: KlaviyoAccount | null;
      scopes: ScopeState[];
      limits: string | null;
      /** Klaviyo's clock at its answer, as its Date header says; null = it said nothing. */
      klaviyoTime: Date | null;
    }
  | { outcome: 'refused'; message: string }
  | { outcome: 'unreachable'; reason: string };

type Probe = { scopes: { scope: string; why: string }[]; request: KlaviyoRequest };

/** An empty body changes nothing: Klaviyo refuses it with 403 without the scopes and with 400 otherwise. */
function writing(operation: KlaviyoRequest['operation'], path: string): KlaviyoRequest {
  return { operation, method: 'POST', path, body: '{"data":{}}' };
}

const PROBES: Probe[] = [
  {
    scopes: [
      { scope: 'profiles:write', why: 'to create and update profiles' },
      { scope: 'lists:write', why: 'to add new profiles to your list' },
    ],
    request: writing('importProfiles', '/api/profile-bulk-import-jobs'),
  },
  {
    scopes: [{ scope: 'events:write', why: 'to record orders and rewards' }],
    request: writing('createEvents', '/api/event-bulk-create-jobs'),
  },
  {
    scopes: [{ scope: 'subscriptions:write', why: 'to pass on who opted in and who opted out' }],
    request: writing('subscribe', '/api/profile-subscription-bulk-create-jobs'),
  },
  {
    scopes: [
      { scope: 'profiles:read', why: 'to see who unsubscribed in Klaviyo, so nobody is subscribed again' },
    ],
    request: { operation: 'getProfiles', method: 'GET', path: '/api/profiles?page%5Bsize%5D=1' },
  },
  {
    scopes: [{ scope: 'lists:read', why: 'to find your list by its name' }],
    request: { operation: 'getLists', method: 'GET', path: '/api/lists?page%5Bsize%5D=1' },
  },
];

/** Asks Klaviyo whose key this is and what it may do. Changes nothing there. */
export async function probeKlaviyoKey(klaviyo: KlaviyoClient, signal?: AbortSignal): Promise<KeyProbe> {
  const account = await klaviyo.send(ACCOUNT_REQUEST, signal);
  if (account.outcome !== 'answered') {
    return { outcome: 'unreachable', reason: reasonOf(account) };
  }
  if (account.status === 401) {
    return {
      outcome: 'refused',
      message: 'the private key is refused. Create a new one in Klaviyo and enter it for this connection.',
    };
  }
  if (account.status !== 200 && account.status !== 403) {
    return { outcome: 'refused', message: explainRefusal(account.body) };
  }
  const answers = await Promise.all(
    PROBES.map(async (probe) => ({ probe, answer: await klaviyo.send(probe.request, signal) })),
  );
  return {
    outcome: 'works',
    // Without accounts:read (403) everything else still works.
    account: account.status === 200 ? readAccount(account.body) : null,
    scopes: answers.flatMap(({ probe, answer }) => scopeStates(probe, answer)),
    limits: limitsOf(answers[0]?.answer),
    klaviyoTime: timeOf(account.headers['date']),
  };
}

/** The scopes that a key certainly lacks. */
export function missingScopes(probe: Extract<KeyProbe, { outcome: 'works' }>): string[] {
  return probe.scopes.filter(({ state }) => state === 'missing').map(({ scope }) => scope);
}

function reasonOf(answer: Exclude<KlaviyoAnswer, { outcome: 'answered' }>): string {
  return answer.outcome === 'throttled' ? 'it asks to slow down' : answer.reason;
}

function scopeStates(probe: Probe, answer: KlaviyoAnswer): ScopeState[] {
  if (answer.outcome !== 'answered') {
    return probe.scopes.map((scope) => ({ ...scope, state: 'unknown' as const }));
  }
  if (answer.status !== 403) {
    return probe.scopes.map((scope) => ({ ...scope, state: 'granted' as const }));
  }
  // Klaviyo names what is missing: "Your API key is missing required scopes: lists:write".
  const text = JSON.stringify(answer.body);
  const named = probe.scopes.filter(({ scope }) => text.includes(scope));
  return probe.scopes.map((scope) => ({
    ...scope,
    state: named.length === 0 || named.includes(scope) ? ('missing' as const) : ('granted' as const),
  }));
}

function timeOf(header: string | undefined): Date | null {
  const time = new Date(header ?? '');
  return Number.isNaN(time.getTime()) ? null : time;
}

/** `10, 10;w=1, 150;w=60` → `10 a second and 150 a minute`. */
function limitsOf(answer: KlaviyoAnswer | undefined): string | null {
  const header = answer?.outcome === 'answered' ? answer.headers['ratelimit-limit'] : undefined;
  const windows = [...(header ?? '').matchAll(/(\d+)\s*;\s*w=(1|60)\b/g)].map(
    ([, count, seconds]) => `${count} a ${seconds === '1' ? 'second' : 'minute'}`,
  );
  return windows.length === 0 ? null : windows.join(' and ');
}
