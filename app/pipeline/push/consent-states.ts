import { z } from 'zod';
import type { Context } from '../../context.ts';
import { hasOptedOut, readKlaviyoConsent, type KlaviyoConsent } from '../../domain/consent.ts';
import { AppError } from '../../domain/errors.ts';
import type { ConsentChannel, JsonValue } from '../../domain/records.ts';
import { inParallel } from './in-parallel.ts';
import type { Talk } from './push.ts';
import { sendRequest } from './send-request.ts';

/** With `external_id`, somebody who is not found by e-mail or phone is looked for by it, too. */
export type Person = { email: string | null; phone: string | null; external_id?: string | null };

/** What Klaviyo holds of a person now; null = no profile. */
export type PersonState = {
  profileId: string;
  phone: string | null;
  email: KlaviyoConsent;
  sms: KlaviyoConsent;
  /** Channels that were opted out of, whatever else is wrong with the address. */
  optedOut: ConsentChannel[];
} | null;

const profilePage = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      attributes: z.object({
        email: z.string().nullish(),
        phone_number: z.string().nullish(),
        external_id: z.string().nullish(),
        subscriptions: z.custom<JsonValue>().optional(),
      }),
    }),
  ),
});

const PROFILES_PER_READ = 100;
const READS_AT_ONCE = 4;

/**
 * Reads Klaviyo's consent states of people, a hundred a request, by e-mail, else by phone, else by external id where
 * that is given. The result is aligned with the input.
 */
export async function readConsentStates(
  ctx: Context,
  push: Talk,
  people: readonly Person[],
): Promise<PersonState[]> {
  const byEmail = await readBy(
    ctx,
    push,
    'email',
    people.flatMap((person) => person.email ?? []),
  );
  const byPhone = await readBy(
    ctx,
    push,
    'phone_number',
    people.flatMap((person) => (person.email === null ? (person.phone ?? []) : [])),
  );
  const found = people.map((person) =>
    person.email !== null
      ? (byEmail.get(person.email.toLowerCase()) ?? null)
      : person.phone === null
        ? null
        : (byPhone.get(person.phone) ?? null),
  );
  const byId = await readBy(
    ctx,
    push,
    'external_id',
    people.flatMap((person, index) => (found[index] === null ? (person.external_id ?? []) : [])),
  );
  return people.map((person, index) => found[index] ?? byId.get(person.external_id ?? '') ?? null);
}

async function readBy(
  ctx: Context,
  push: Talk,
  field: 'email' | 'phone_number' | 'external_id',
  values: readonly string[],
): Promise<Map<string, NonNullable<PersonState>>> {
  const unique = [...new Set(values)];
  const pages = Array.from({ length: Math.ceil(unique.length / PROFILES_PER_READ) }, (_, page) =>
    unique.slice(page * PROFILES_PER_READ, (page + 1) * PROFILES_PER_READ),
  );
  const found = new Map<string, NonNullable<PersonState>>();
  await inParallel(pages, READS_AT_ONCE, async (page) => {
    const filter = encodeURIComponent(`any(${field},${JSON.stringify(page)})`);
    const fields =
      'additional-fields%5Bprofile%5D=subscriptions&fields%5Bprofile%5D=email,phone_number,external_id,subscriptions';
    const path = `/api/profiles?filter=${filter}&${fields}&page%5Bsize%5D=${PROFILES_PER_READ}`;
    const answer = await sendRequest(
      ctx,
      push,
      { operation: 'getProfiles', method: 'GET', path },
      { repeatable: true },
    );
    const parsed = profilePage.safeParse(answer?.body);
    if (!parsed.success) {
      throw new AppError({
        code: 'klaviyo_unexpected',
        retry: 'later',
        message: `reading ${field}: status ${answer?.status ?? 'none'}`,
        hint: `Klaviyo gave an answer that we do not understand when consent was read for "${push.scope.name}". Consent is not sent until it can be read.`,
      });
    }
    for (const profile of parsed.data.data) {
      const { attributes } = profile;
      const key = field === 'email' ? attributes.email?.toLowerCase() : attributes[field];
      if (key !== null && key !== undefined) {
        found.set(key, {
          profileId: profile.id,
          phone: attributes.phone_number ?? null,
          email: readKlaviyoConsent(attributes.subscriptions, 'email'),
          sms: readKlaviyoConsent(attributes.subscriptions, 'sms'),
          optedOut: (['email', 'sms'] as const).filter((channel) =>
            hasOptedOut(attributes.subscriptions, channel),
          ),
        });
      }
    }
  });
  return found;
}

/** True when a person's state already is what a wish asks for. */
export function isSatisfied(state: PersonState, channel: ConsentChannel, wish: string): boolean {
  return wish === 'subscribe'
    ? state?.[channel].state === 'subscribed'
    : state !== null && state.optedOut.includes(channel);
}
