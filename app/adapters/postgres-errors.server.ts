import pg from 'pg';
import { AppError, isAppError } from '#app/domain/errors.ts';

/** `host:port/name` of a connection string: what may be shown of it. */
export function describeDatabase(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname || 'localhost'}:${port || '5432'}${pathname || '/'}`;
  } catch {
    return 'the address in DATABASE_URL (it is not a postgres:// URL)';
  }
}

/** Serialisation failure and deadlock: the transaction did nothing and may simply run again. */
export function isWorthRepeating(error: unknown): boolean {
  return codeOf(error) === '40001' || codeOf(error) === '40P01';
}

/** SQLSTATE of PostgreSQL, or the code of a socket error. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** True for errors that PostgreSQL itself answered with. */
export function isDatabaseError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError;
}

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ENOENT',
]);

/** Class 08 and 57P0x: the server went away or does not take connections; 53300: none is left. */
function isConnectionState(code: string): boolean {
  return code.startsWith('08') || code.startsWith('57P0') || code === '53300';
}

/** True when the connection failed, not the statement. pg reports some of these by their text only. */
export function isConnectionError(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined && (SOCKET_CODES.has(code) || isConnectionState(code))) {
    return true;
  }
  if (error instanceof AggregateError) {
    return error.errors.some(isConnectionError);
  }
  return (
    error instanceof Error &&
    !isDatabaseError(error) &&
    /connection terminated|timeout exceeded when trying to connect|connection timeout|client has encountered a connection error|not queryable/i.test(
      error.message,
    )
  );
}

/** A connection error as people should see it; anything else comes back as it is. */
export function translated(error: unknown, url: string): unknown {
  if (isAppError(error) || !isConnectionError(error)) {
    return error;
  }
  return unreachable(url, error);
}

/** AppError `database_unreachable` with the remedy that fits what PostgreSQL or the network said. */
export function unreachable(url: string, cause: unknown): AppError {
  const where = describeDatabase(url);
  return new AppError({
    code: 'database_unreachable',
    retry: 'later',
    message: `PostgreSQL at ${where} is unreachable: ${reasonOf(cause)}`,
    hint: `The database at ${where} does not answer (${reasonOf(cause)}). ${remedyFor(cause)}`,
    cause,
  });
}

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) {
    return reasonOf(cause.errors[0]);
  }
  return cause instanceof Error && cause.message !== ''
    ? cause.message
    : (codeOf(cause) ?? 'no reason given');
}

function remedyFor(cause: unknown): string {
  switch (codeOf(cause)) {
    case '28P01':
    case '28000':
      return 'Check the user name and password in DATABASE_URL.';
    case '3D000':
      return 'Create that database, or correct its name in DATABASE_URL.';
    case '53300':
      return 'The server has no connection left: raise max_connections or run fewer processes.';
    default:
      return 'Check that PostgreSQL runs and that DATABASE_URL is right; without DATABASE_URL the embedded database is used.';
  }
}
