import type { SeenRequest } from '#workers/local/klaviyo/server.ts';
import type { World } from './world.ts';

type Profile = ReturnType<World['klaviyo']['state']>['accounts'][number]['profiles'][number];

/** The account of the only connection as it stands, after all pending work. */
export function accountOf(world: World) {
  const account = world.klaviyo.state().accounts[0];
  if (account === undefined) {
    throw new Error('no account');
  }
  return account;
}

/** The profile of an e-mail, a phone number or an external id. */
export function profileOf(world: World, identifier: string): Profile {
  const found = accountOf(world).profiles.filter((one) =>
    [one.email, one.phone_number, one.external_id].includes(identifier),
  );
  const [profile] = found;
  if (profile === undefined || found.length > 1) {
    throw new Error(`${found.length} profiles of ${identifier}`);
  }
  return profile;
}

/** Subscribe and unsubscribe calls that Klaviyo took for an address: action, channel, and what came of it. */
export function callsOf(world: World, address: string): string[] {
  return accountOf(world)
    .consentCalls.filter((call) => [call.email, call.phone_number].includes(address))
    .map((call) => `${call.action} ${call.channel}: ${call.result}`);
}

/** What somebody does in Klaviyo itself: `subscribe`, `unsubscribe`, `confirm`, `settle`. */
export async function inKlaviyo(world: World, deed: string, body: object = {}): Promise<void> {
  const answer = await fetch(`${world.klaviyo.url}/_${deed}`, { method: 'POST', body: JSON.stringify(body) });
  if (answer.status !== 200) {
    throw new Error(`${deed}: ${answer.status} ${await answer.text()}`);
  }
}

/** A request as Klaviyo's own API takes it, from somebody else than Threadline. */
export async function askKlaviyo(
  world: World,
  path: string,
  data: object,
  method = 'POST',
): Promise<unknown> {
  const answer = await fetch(`${world.klaviyo.url}/api/${path}`, {
    method,
    headers: {
      authorization: 'Klaviyo-API-Key pk_local',
      revision: '2026-07-15',
      'content-type': 'application/vnd.api+json',
    },
    body: JSON.stringify({ data }),
  });
  if (answer.status >= 400) {
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
  return answer.status === 204 || answer.status === 202 ? null : answer.json();
}

/** Subscription requests that were taken or refused, with what they said. */
export function subscribesIn(requests: readonly SeenRequest[]) {
  return requests
    .filter(({ path, method }) => method === 'POST' && path.includes('subscription-bulk-create'))
    .map(({ body, status }) => ({ status, body: body as SubscribeBody }));
}

type SubscribeBody = {
  data: {
    attributes: {
      historical_import?: boolean;
      custom_source?: string;
      profiles: {
        data: {
          attributes: {
            email?: string;
            phone_number?: string;
            age_gated_date_of_birth?: string;
            subscriptions: Record<string, { marketing: { consent: string; consented_at?: string } }>;
          };
        }[];
      };
    };
    relationships?: object;
  };
};
