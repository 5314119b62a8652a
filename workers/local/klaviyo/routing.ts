import { limitsOf, OPERATIONS, type Operation } from './operations.ts';
import type { RateLimit } from './rate-windows.ts';

/** Some parameters cost more: the request then counts against counters of its own. */
export function costlyVariant(
  operation: Operation,
  query: URLSearchParams,
): { id: string; limits: RateLimit[] } {
  const names = (parameter: string) => (query.get(parameter) ?? '').split(',');
  if (names('additional-fields[profile]').includes('predictive_analytics')) {
    return { id: `${operation.id}:predictive_analytics`, limits: limitsOf('M') };
  }
  const include = names('include');
  const isWide = operation.id === 'getProfile' && (include.includes('lists') || include.includes('segments'));
  if (isWide || names('additional-fields[list]').includes('profile_count')) {
    return { id: `${operation.id}:wide`, limits: limitsOf('XS') };
  }
  return { id: operation.id, limits: operation.limits };
}

/** The operation of a method and path (no trailing slash), what the path names, and whether another method exists. */
export function findOperation(
  method: string,
  path: string,
): { operation: Operation | null; params: Record<string, string>; isPathKnown: boolean } {
  let isPathKnown = false;
  for (const operation of OPERATIONS) {
    const params = matchPath(operation.path, path);
    if (params !== null && operation.method === method) {
      return { operation, params, isPathKnown: true };
    }
    isPathKnown ||= params !== null;
  }
  return { operation: null, params: {}, isPathKnown };
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) {
    return null;
  }
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith('{')) {
      params[part.slice(1, -1)] = decode(value);
    } else if (part !== value) {
      return null;
    }
  }
  return params;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
