import { z } from 'zod';

/** One error of a JSON:API answer, read leniently: Klaviyo leaves out and adds members. */
export type KlaviyoProblem = {
  code: string;
  /** Klaviyo's own words. */
  message: string;
  /** What it means for the merchant and what to do. */
  hint: string;
  /** Index of the item in the request that it names; null when it names none. */
  index: number | null;
  pointer: string | null;
  /** `meta.duplicate_profile_id` of a 409. */
  duplicateProfileId: string | null;
};

/** Why one item of a request was refused. */
export type Refusal = { code: string; message: string; hint: string };

const error = z.object({
  code: z.string().nullish().catch(null),
  title: z.string().nullish().catch(null),
  detail: z.string().nullish().catch(null),
  source: z.object({ pointer: z.string().nullish(), parameter: z.string().nullish() }).nullish().catch(null),
  meta: z.object({ duplicate_profile_id: z.string().nullish() }).nullish().catch(null),
});
const document = z.object({ errors: z.array(error) });

/** The item that a pointer names: profiles of imports and subscriptions, profile groups of bulk events. */
const ITEM_POINTER = /\/(?:profiles|events-bulk-create)\/data\/(\d+)(?:\/|$)/;

/** What Klaviyo says, and what the merchant can do about it. The first that fits counts. */
const HINTS: readonly { when: RegExp; hint: string }[] = [
  { when: /invalid email/i, hint: 'Klaviyo does not accept the e-mail address. Correct it in Apparel21.' },
  {
    when: /not in a supported region/i,
    hint: 'Klaviyo cannot send SMS to the country of this phone number from this account. Set up SMS sending for the country in Klaviyo, or leave SMS consent out for these customers.',
  },
  {
    when: /sms configuration is required|sms.*not (?:enabled|set up|configured)/i,
    hint: 'The Klaviyo account has no SMS set up, so a person with only a phone number cannot be subscribed. Set up SMS in Klaviyo, or remove the SMS consent mapping.',
  },
  {
    when: /'?phone_number'? must not be empty/i,
    hint: 'SMS consent needs a phone number. Give the customer a mobile number in Apparel21.',
  },
  {
    when: /invalid phone number/i,
    hint: 'Klaviyo does not accept the phone number. Correct it in Apparel21.',
  },
  {
    when: /age_gated_date_of_birth\W+(?:is required|must|may) /i,
    hint: 'The Klaviyo account asks for a date of birth with SMS consent, and Apparel21 gives none for this customer. Fill it in there (it travels as the property "Date Of Birth", as 1990-12-31), or turn the age gate off in Klaviyo.',
  },
  {
    when: /age_gated_date_of_birth|minimum age|age requirement|too young|under ?age/i,
    hint: 'Klaviyo finds the customer too young for SMS: the account has an age gate. Check the date of birth in Apparel21, or leave SMS consent out for this customer.',
  },
  {
    when: /(?:maximum|limit)\b.*\blists|lists\b.*\b(?:maximum|limit)/i,
    hint: 'The account has as many lists as Klaviyo allows (1,000). Delete lists in Klaviyo that nobody uses, or have the mapping of the list name fewer.',
  },
  {
    when: /missing required scopes?/i,
    hint: 'The private key may not do this. Create a key in Klaviyo with the scopes that are missing and enter it for this connection.',
  },
  {
    when: /one year in the future|year 1990/i,
    hint: 'Klaviyo takes events from 1990 up to a year ahead, and the date of this one lies outside. Correct it in Apparel21; the next file brings it again.',
  },
  {
    when: /consented[ _]at/i,
    hint: 'Klaviyo does not accept when consent was given. It must be a past time with an offset; check the mapping of consent.at.',
  },
  {
    when: /list not found|list with id/i,
    hint: 'The list is no longer in Klaviyo. The next pass creates it again.',
  },
  { when: /throttled/i, hint: 'Klaviyo asks to slow down. It is sent again later.' },
  {
    when: /already exists with one of these identifiers/i,
    hint: 'Another profile in Klaviyo already has the e-mail, phone number or id of this person. Merge the two profiles in Klaviyo.',
  },
  { when: /does not exist/i, hint: 'Klaviyo no longer has what the request names.' },
  {
    when: /authentication|authorization|private key/i,
    hint: 'Klaviyo refuses the private key. Create a new one and enter it for this connection.',
  },
];

const CODE_HINTS: Readonly<Record<string, string>> = {
  throttled: 'Klaviyo asks to slow down. It is sent again later.',
  permission_denied:
    'The private key may not do this. Create a key with the scopes that Klaviyo names and enter it for this connection.',
  not_authenticated: 'Klaviyo refuses the private key. Create a new one and enter it for this connection.',
  authentication_failed:
    'Klaviyo refuses the private key. Create a new one and enter it for this connection.',
  duplicate_profile:
    'Another profile in Klaviyo already has the e-mail, phone number or id of this person. Merge the two profiles in Klaviyo.',
};

/** Reads the errors of an answer; an empty list when the body is no error document. */
export function readKlaviyoErrors(body: unknown): KlaviyoProblem[] {
  const parsed = document.safeParse(body);
  if (!parsed.success) {
    return [];
  }
  return parsed.data.errors.map(({ code, title, detail, source, meta }) => {
    const message = detail ?? title ?? code ?? 'Klaviyo gave no reason';
    const pointer = source?.pointer ?? null;
    const index = pointer === null ? undefined : ITEM_POINTER.exec(pointer)?.[1];
    return {
      code: code ?? 'invalid',
      message,
      hint: hintFor(code ?? 'invalid', message),
      index: index === undefined ? null : Number(index),
      pointer,
      duplicateProfileId: meta?.duplicate_profile_id ?? null,
    };
  });
}

/** A sentence for the merchant about an error of Klaviyo, by its code and words. */
export function hintFor(code: string, message: string): string {
  const known = HINTS.find(({ when }) => when.test(message))?.hint ?? CODE_HINTS[code];
  const words = message.replace(/[.\s]+$/, '');
  // A scope or a list has a name that only Klaviyo's own words tell.
  const isNamed = /scope|list/i.test(message);
  return known === undefined
    ? `Klaviyo refuses it: ${words}.`
    : isNamed
      ? `${known} Klaviyo says: ${words}.`
      : known;
}

/**
 * Lands the errors of a refused request on its items: index → why. `unplaced` are errors that name no item of the
 * request; when nothing is placed the request has to be cut in halves.
 */
export function rowsRefused(
  body: unknown,
  itemCount: number,
): { rows: Map<number, Refusal>; unplaced: KlaviyoProblem[] } {
  const rows = new Map<number, Refusal>();
  const unplaced: KlaviyoProblem[] = [];
  for (const problem of readKlaviyoErrors(body)) {
    const { index, code, message, hint } = problem;
    if (index === null || index >= itemCount) {
      unplaced.push(problem);
    } else if (!rows.has(index)) {
      rows.set(index, { code, message, hint });
    }
  }
  return { rows, unplaced };
}

/** What the merchant should know about a refused request, in one or two sentences. */
export function explainRefusal(body: unknown): string {
  const hints = new Set(readKlaviyoErrors(body).map((problem) => problem.hint));
  return hints.size === 0 ? 'Klaviyo refuses it without giving a reason.' : [...hints].slice(0, 2).join(' ');
}
