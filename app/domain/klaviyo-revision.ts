/** The revision of Klaviyo's API that Threadline speaks. */
export const KLAVIYO_REVISION = '2026-07-15';

/**
 * Klaviyo answers a revision for two years, the second one as "deprecated"
 * (https://developers.klaviyo.com/en/docs/api_versioning_and_deprecation_policy).
 */
const SUPPORTED_YEARS = 2;

/** The operator hears of it this long before the end, days. */
const NOTICE_DAYS = 180;

const DAY_MS = 86_400_000;

/** `key`: what Klaviyo said, the same in every answer; `fault`: in the merchant's words. */
export type RetirementNotice = { key: string; endsAt: string | null; fault: string };

/**
 * What an answer says about the end of our revision; null = nothing. Klaviyo's policy promises no warning on the wire, so
 * the standard ones are understood (Sunset, RFC 8594; Deprecation, RFC 9745) and what Klaviyo does when a revision has
 * ended: it answers by a newer one, which it names, or with 410.
 */
export function readRetirement(
  answer: { status: number; headers: Readonly<Record<string, string>> },
  revision: string = KLAVIYO_REVISION,
): RetirementNotice | null {
  const { status, headers } = answer;
  if (status === 410) {
    return notice('gone', null, 'Klaviyo no longer answers the version of its API that Threadline speaks.');
  }
  const answered = /^\d{4}-\d{2}-\d{2}/.exec(headers['x-klaviyo-api-revision'] ?? '')?.[0];
  if (answered !== undefined && answered > revision) {
    const fault = `Klaviyo has retired the version ${revision} of its API that Threadline speaks and answers by ${answered} instead.`;
    return notice(`answered by ${answered}`, null, fault);
  }
  const sunset = dayOf(headers['sunset']);
  if (sunset !== null) {
    const fault = `Klaviyo will stop answering the version ${revision} of its API that Threadline speaks on ${sunset}.`;
    return notice(`sunset ${sunset}`, sunset, fault);
  }
  return isDeprecated(headers['deprecation'])
    ? notice(
        'deprecated',
        null,
        `Klaviyo calls the version ${revision} of its API that Threadline speaks deprecated.`,
      )
    : null;
}

function notice(key: string, endsAt: string | null, fault: string): RetirementNotice {
  return { key, endsAt, fault };
}

/** `Sun, 15 Jul 2028 00:00:00 GMT` as a day. */
function dayOf(text: string | undefined): string | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : new Date(ms).toISOString().slice(0, 10);
}

/** `@1688169599` (RFC 9745), or `true` and dates as its drafts had it. */
function isDeprecated(text: string | undefined): boolean {
  return text !== undefined && !['', 'false', '@0'].includes(text.trim().toLowerCase());
}

/** Days until Klaviyo may stop answering our revision, once they are few; null = there is time. Negative = it is over. */
export function daysOfRevisionLeft(now: Date, revision: string = KLAVIYO_REVISION): number | null {
  const end = new Date(`${revision}T00:00:00Z`);
  end.setUTCFullYear(end.getUTCFullYear() + SUPPORTED_YEARS);
  const days = Math.floor((end.getTime() - now.getTime()) / DAY_MS);
  return days > NOTICE_DAYS ? null : days;
}
