import type { AppError } from '../domain/errors.ts';
import { isAppError } from '../domain/errors.ts';

/** What stands in `problems` of `status --json` and `sync --json`, and on the pages. */
export type Problem = {
  connection?: string;
  file: string | null;
  line: number | null;
  column: string | null;
  code: string;
  /** What is wrong and what to do, for the merchant. */
  message: string;
};

/** The problem that an error is, for a file or a connection. Unknown errors keep their text out of the page. */
export function problemOf(
  error: unknown,
  place: { connection?: string; file?: string | null } = {},
): Problem {
  if (!isAppError(error)) {
    return {
      connection: place.connection,
      file: place.file ?? null,
      line: null,
      column: null,
      code: 'internal',
      message: 'Something went wrong on our side. Nothing is lost; the next pass tries again.',
    };
  }
  return {
    connection: place.connection,
    file: error.where.file ?? place.file ?? null,
    line: error.where.line ?? null,
    column: error.where.column ?? null,
    code: error.code,
    message: error.hint,
  };
}

/** True for errors that mean "this service does not answer": exit code 3 of the command line. */
export function isUnreachable(error: unknown): error is AppError {
  return (
    isAppError(error) &&
    ['sftp_unreachable', 'klaviyo_unreachable', 'database_unreachable'].includes(error.code)
  );
}
