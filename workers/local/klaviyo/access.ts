import type { Account, AccountKey } from './account.ts';
import type { Operation } from './operations.ts';
import type { Switches } from './options.ts';
import { invalid, invalidParameter, refused } from './refusal.ts';

const SCHEME = 'Klaviyo-API-Key ';
/** The newest revision that the rules here were written for. */
const NEWEST_REVISION = '2026-07-15';

/** The account of an `Authorization` header. Throws the 401 that Klaviyo gives for what is wrong with it. */
export function authenticate(
  accounts: Account[],
  header: string | undefined,
): { account: Account; key: AccountKey } {
  if (header === undefined || !header.startsWith(SCHEME)) {
    throw notAuthenticated('Missing or invalid authorization scheme. Please use Klaviyo-API-Key.');
  }
  const text = header.slice(SCHEME.length).trim();
  for (const account of accounts) {
    const key = account.keyring.get(text);
    if (key !== undefined && !key.isRevoked) {
      return { account, key };
    }
  }
  if (!text.startsWith('pk_')) {
    throw notAuthenticated('Missing or invalid private key.');
  }
  const wrong = 'Incorrect authentication credentials.';
  throw refused(401, 'authentication_failed', wrong, wrong);
}

/** Throws the 403 that names every scope the key lacks. `*` = all, `profiles:*` = all of profiles. */
export function authorize(key: AccountKey, operation: Operation): void {
  const missing = operation.scopes.filter((scope) => {
    const [area = ''] = scope.split(':');
    return !['*', scope, `${area}:*`].some((granted) => key.scopes.includes(granted));
  });
  if (missing.length > 0) {
    throw refused(
      403,
      'permission_denied',
      'You do not have permission to perform this action.',
      `Your API key is missing required scopes: ${missing.join(', ')}`,
    );
  }
}

/** A date that is not in the future (what Klaviyo itself says about future ones is known). */
export function checkRevision(revision: string | undefined, now: number): string {
  if (revision === undefined || revision === '') {
    throw invalid([{ pointer: '/data/', detail: 'A revision header is required.' }]);
  }
  const date = /^(\d{4}-\d{2}-\d{2})(?:\.pre)?$/.exec(revision)?.[1];
  const at = date === undefined ? Number.NaN : Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date) {
    throw invalid([
      { pointer: '/data/', detail: `Invalid revision '${revision}'. Use a date as YYYY-MM-DD.` },
    ]);
  }
  if (at > Math.max(now, Date.parse(NEWEST_REVISION))) {
    throw invalid([{ pointer: '/data/', detail: 'Unable to specify a future revision date.' }]);
  }
  return date;
}

/**
 * What every answer says about the revision that it is given by; throws the 410 for one that has ended. Klaviyo names the
 * revision live; the rest follows the standards (RFC 8594, RFC 9745).
 */
export function revisionHeaders(
  revision: string,
  retirement: Switches['retirement'],
): Record<string, string> {
  if (retirement?.isOver === true) {
    throw refused(410, 'gone', 'Gone.', `The revision ${revision} has been retired.`);
  }
  return {
    'X-Klaviyo-API-Revision': retirement?.answeredBy ?? revision,
    ...(retirement?.sunset === undefined ? {} : { Sunset: retirement.sunset }),
    ...(retirement?.deprecation === undefined ? {} : { Deprecation: retirement.deprecation }),
  };
}

/** Throws the 415 for a body in another language or packing. */
export function checkMedia(
  headers: { contentType?: string; contentEncoding?: string },
  acceptGzip: boolean,
): void {
  const type = (headers.contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/vnd.api+json' && type !== 'application/json') {
    throw unsupportedMedia(`Unsupported media type '${type}' in request.`);
  }
  const encoding = headers.contentEncoding?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && !(encoding === 'gzip' && acceptGzip)) {
    throw unsupportedMedia(`Unsupported content encoding '${encoding}' in request.`);
  }
}

/** Unknown query parameters are errors; Klaviyo names them with an underscore instead of brackets. */
export function checkQuery(query: URLSearchParams, operation: Operation): void {
  for (const name of query.keys()) {
    if (!name.startsWith('fields[') && !operation.query.includes(name)) {
      const field = name.replace('[', '_').replace(']', '');
      const thing = /\/api\/([a-z-]+?)s?(?:\/|$)/.exec(operation.path)?.[1] ?? 'request';
      throw invalidParameter(name, `'${field}' is not a valid field for the resource '${thing}'.`);
    }
  }
}

function notAuthenticated(detail: string) {
  return refused(401, 'not_authenticated', 'Authentication credentials were not provided.', detail);
}

function unsupportedMedia(detail: string) {
  return refused(415, 'unsupported_media_type', 'Unsupported media type.', detail);
}
