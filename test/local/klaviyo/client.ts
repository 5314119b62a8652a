import { expect } from 'vitest';
import type { LocalKlaviyo } from '#workers/local/klaviyo/server.ts';

export type Reply = {
  status: number;
  headers: Headers;
  /** Parsed JSON, null without a body. */
  body: ReplyBody;
};

/** Loose on purpose: a test says which members it expects. */
export type ReplyBody = {
  data: Record<string, never> & Item & Item[];
  errors: {
    id: string;
    status: number;
    code: string;
    title: string;
    detail: string;
    source: { pointer?: string; parameter?: string };
    meta?: Record<string, unknown>;
  }[];
  links: { self: string; next: string | null; prev: string | null };
  included: Item[];
};

type Item = {
  id: string;
  type: string;
  attributes: Record<string, unknown> & { properties: Record<string, unknown> };
};

export type Client = {
  get(path: string, headers?: Record<string, string | null>): Promise<Reply>;
  post(path: string, body: unknown, headers?: Record<string, string | null>): Promise<Reply>;
  patch(path: string, body: unknown): Promise<Reply>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string | null>): Promise<Reply>;
};

/** Talks to the local Klaviyo as a program with this key would; a header set to null is left out. */
export function clientOf(klaviyo: { url: string }, key = 'pk_local'): Client {
  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string | null> = {},
  ): Promise<Reply> {
    const all: Record<string, string | null> = {
      authorization: `Klaviyo-API-Key ${key}`,
      revision: '2026-07-15',
      ...(body === undefined ? {} : { 'content-type': 'application/vnd.api+json' }),
      ...headers,
    };
    const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null);
    const address = path.startsWith('http') ? path : `${klaviyo.url}${path}`;
    const payload =
      body === undefined || typeof body === 'string' || body instanceof Uint8Array
        ? body
        : JSON.stringify(body);
    const response = await fetch(address, { method, headers: present, body: payload as BodyInit });
    const text = await response.text();
    const json = text === '' ? null : (JSON.parse(text) as ReplyBody);
    return { status: response.status, headers: response.headers, body: json as ReplyBody };
  }

  return {
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    patch: (path, body) => send('PATCH', path, body),
  };
}

/** A clock that stands still until the test moves it. */
export function createClock(start = Date.parse('2026-09-04T13:40:00Z')) {
  let now = start;
  return {
    now: () => now,
    /** Moves on by so many milliseconds. */
    pass(ms: number) {
      now += ms;
    },
  };
}

export const JOBS = '/api/profile-bulk-import-jobs';

/** Imports and lets the job end; gives its final state and its errors. */
export async function importAll(klaviyo: LocalKlaviyo, body: object): Promise<{ job: Reply; errors: Reply }> {
  const client = clientOf(klaviyo);
  const accepted = await client.post(JOBS, body);
  expect(accepted.status).toBe(202);
  klaviyo.settle();
  const { id } = accepted.body.data;
  return { job: await client.get(`${JOBS}/${id}`), errors: await client.get(`${JOBS}/${id}/import-errors`) };
}

export function profileBody(attributes: object, more: object = {}): object {
  return { data: { type: 'profile', ...more, attributes } };
}

/** Body of a bulk import; `lists` are ids. */
export function importBody(profiles: object[], lists: string[] = []): object {
  const relationships = { lists: { data: lists.map((id) => ({ type: 'list', id })) } };
  return {
    data: {
      type: 'profile-bulk-import-job',
      attributes: {
        profiles: {
          data: profiles.map((each) =>
            'attributes' in each ? { type: 'profile', ...each } : { type: 'profile', attributes: each },
          ),
        },
      },
      ...(lists.length === 0 ? {} : { relationships }),
    },
  };
}

export function eventBody(profile: object, event: object = {}): object {
  return {
    data: { type: 'event', attributes: eventAttributes({ profile: profileBody(profile), ...event }) },
  };
}

function eventAttributes(event: object): object {
  return { properties: {}, metric: { data: { type: 'metric', attributes: { name: 'Ordered' } } }, ...event };
}

/** Body of a bulk event request: one group per profile with its events. */
export function eventGroupsBody(groups: { profile: object; events: object[]; backfill?: boolean }[]): object {
  return {
    data: {
      type: 'event-bulk-create-job',
      attributes: {
        'events-bulk-create': {
          data: groups.map(({ profile, events, ...more }) => ({
            type: 'event-bulk-create',
            attributes: {
              ...more,
              profile: profileBody(profile),
              events: {
                data: events.map((event) => ({ type: 'event', attributes: eventAttributes(event) })),
              },
            },
          })),
        },
      },
    },
  };
}

type Terms = { list?: string; source?: string; historical?: boolean };

/** Body of a subscribe call: each person with e-mail and/or phone, subscribed to the channels named. */
export function subscribeBody(people: object[], terms: Terms = {}): object {
  return consentBody('create', 'SUBSCRIBED', people, terms);
}

export function unsubscribeBody(people: object[], terms: Terms = {}): object {
  return consentBody('delete', 'UNSUBSCRIBED', people, terms);
}

function consentBody(kind: string, consent: string, people: object[], terms: Terms): object {
  const data = people.map((person) => {
    const {
      channels = ['email'],
      consentedAt,
      ...attributes
    } = person as {
      channels?: string[];
      consentedAt?: string;
    };
    const permission = { consent, ...(consentedAt === undefined ? {} : { consented_at: consentedAt }) };
    const subscriptions = Object.fromEntries(channels.map((name) => [name, { marketing: permission }]));
    return { type: 'profile', attributes: { ...attributes, subscriptions } };
  });
  return {
    data: {
      type: `profile-subscription-bulk-${kind}-job`,
      attributes: {
        profiles: { data },
        ...(terms.source === undefined ? {} : { custom_source: terms.source }),
        ...(terms.historical === undefined ? {} : { historical_import: terms.historical }),
      },
      ...(terms.list === undefined
        ? {}
        : { relationships: { list: { data: { type: 'list', id: terms.list } } } }),
    },
  };
}

/** Creates a list and gives its id. */
export async function createList(
  klaviyo: LocalKlaviyo,
  name: string,
  optIn?: 'single' | 'double',
): Promise<string> {
  const attributes = { name, ...(optIn === undefined ? {} : { opt_in_process: `${optIn}_opt_in` }) };
  const reply = await clientOf(klaviyo).post('/api/lists', { data: { type: 'list', attributes } });
  return reply.body.data.id;
}

/** The state's profile with this e-mail; undefined when there is none. */
export function personIn(klaviyo: LocalKlaviyo, email: string) {
  return klaviyo.state().accounts[0]?.profiles.find((profile) => profile.email === email);
}
