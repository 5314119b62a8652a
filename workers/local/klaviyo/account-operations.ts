import { emptyAnswer, type Answer, type Call } from './call.ts';
import { checkIdentifiers, type ProfileResource } from './profile-shape.ts';
import { pickFields, selfLink, sparseFields } from './query.ts';
import { invalid, Refusal, refused } from './refusal.ts';
import { isRecord } from './shape.ts';

/** GET /api/accounts: the one account of the key. */
export function getAccounts(call: Call): Answer {
  const { account } = call;
  const attributes = {
    test_account: false,
    contact_information: {
      default_sender_name: account.name,
      default_sender_email: 'hello@threadline.local',
      website_url: null,
      organization_name: account.name,
      street_address: { address1: null, address2: null, city: null, region: null, country: null, zip: null },
    },
    industry: null,
    timezone: account.timezone,
    preferred_currency: account.currency,
    public_api_key: account.id,
    locale: 'en-US',
  };
  const data = {
    type: 'account',
    id: account.id,
    attributes: pickFields(attributes, sparseFields(call, 'account'), 'account'),
    links: { self: `${call.origin}/api/accounts/${account.id}/` },
  };
  return { status: 200, body: { data: [data], links: { self: selfLink(call), next: null, prev: null } } };
}

/** POST /api/back-in-stock-subscriptions: only as much as the recorded exchanges show. */
export function createBackInStock(call: Call): Answer {
  const { variant, profile } = readBackInStock(call.body);
  const base = '/data/attributes/profile/data/attributes';
  const { offences } = checkIdentifiers(profile.attributes, base, { phone: 'refuse', id: profile.id });
  if (offences.length > 0) {
    throw invalid(offences);
  }
  if (!call.account.variants.includes(variant)) {
    const detail = 'The variant in your relationship payload does not exist';
    const refusal = refused(404, 'variant_not_found', detail, detail, '/data/relationships/variant/data/id');
    throw new Refusal(
      404,
      refusal.problems.map((problem) => ({ ...problem, links: {}, meta: {} })),
    );
  }
  call.account.backInStock.push({ email: profile.attributes.email ?? null, variant });
  return emptyAnswer(202);
}

function readBackInStock(body: unknown): { variant: string; profile: ProfileResource } {
  const variant = at(body, 'data', 'relationships', 'variant', 'data', 'id');
  const profile = at(body, 'data', 'attributes', 'profile', 'data');
  if (typeof variant !== 'string' || !isRecord(profile) || !isRecord(profile.attributes)) {
    throw invalid([{ pointer: '/data', detail: 'A profile and a variant are required.' }]);
  }
  return { variant, profile: { type: 'profile', attributes: profile.attributes } };
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}
