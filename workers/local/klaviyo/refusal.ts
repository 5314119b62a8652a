import { randomUUID } from 'node:crypto';

/** One error of Klaviyo's answer (JSON:API; shapes as recorded live). */
type Problem = {
  id: string;
  status: number;
  code: string;
  title: string;
  detail: string;
  source: { pointer: string } | { parameter: string };
  links?: Record<string, string>;
  meta?: Record<string, unknown>;
};

/** A request that is refused; nothing of it has happened. */
export class Refusal extends Error {
  readonly status: number;
  readonly problems: Problem[];
  readonly headers: Record<string, string>;

  constructor(status: number, problems: Problem[], headers: Record<string, string> = {}) {
    super(problems[0]?.detail ?? 'refused');
    this.name = 'Refusal';
    this.status = status;
    this.problems = problems;
    this.headers = headers;
  }
}

/** Something wrong with one place of the body. */
export type Offence = { pointer: string; detail: string };

/** 400 with one error per offender. */
export function invalid(offences: Offence[]): Refusal {
  return new Refusal(
    400,
    offences.map(({ pointer, detail }) => ({
      ...problem(400, 'invalid', 'Invalid input.', detail, { pointer }),
      links: {},
      meta: {},
    })),
  );
}

/** 400 for a parameter of the address. */
export function invalidParameter(parameter: string, detail: string): Refusal {
  return new Refusal(400, [problem(400, 'invalid', 'Invalid input.', detail, { parameter })]);
}

/** 404 with the wording of a missing thing. */
export function notFound(detail: string): Refusal {
  return new Refusal(404, [problem(404, 'not_found', 'Not found.', detail, { pointer: '/data/' })]);
}

/** 409: an identifier belongs to another profile. */
export function duplicateProfile(profileId: string): Refusal {
  const detail = 'A profile already exists with one of these identifiers.';
  const base = problem(409, 'duplicate_profile', 'Conflict.', detail, { pointer: '/data/attributes' });
  return new Refusal(409, [{ ...base, links: {}, meta: { duplicate_profile_id: profileId } }]);
}

/** 429 with `Retry-After` and without any limit headers. */
export function throttled(retryAfterSeconds: number): Refusal {
  const seconds = `${retryAfterSeconds} second${retryAfterSeconds === 1 ? '' : 's'}`;
  const detail = `Request was throttled. Expected available in ${seconds}.`;
  const base = problem(429, 'throttled', 'Request was throttled.', detail, { pointer: '/data' });
  const links = { type: 'https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling#rate-limits' };
  return new Refusal(429, [{ ...base, links, meta: {} }], { 'Retry-After': String(retryAfterSeconds) });
}

/** Any other refusal that concerns the request as a whole. */
export function refused(
  status: number,
  code: string,
  title: string,
  detail: string,
  pointer = '/data/',
): Refusal {
  return new Refusal(status, [problem(status, code, title, detail, { pointer })]);
}

function problem(
  status: number,
  code: string,
  title: string,
  detail: string,
  source: Problem['source'],
): Problem {
  return { id: randomUUID(), status, code, title, detail, source };
}
