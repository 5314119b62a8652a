/** What to do about an error: try again now or later, never, or have a person act first. */
export type RetryAdvice = 'now' | 'later' | 'never' | 'person';

export type AppErrorOptions = {
  code: string;
  retry: RetryAdvice;
  /** For the log: exact, without secrets. */
  message: string;
  /** For the merchant or operator: what is wrong and what to do, in plain words. */
  hint: string;
  /** Where it stands: path in a configuration, file, line, column… Shown beside the hint. */
  where?: { file?: string; line?: number; column?: string; path?: string };
  cause?: unknown;
};

/** The one error type that people meet. `message` is for the log, `hint` for the person who can mend it. */
export class AppError extends Error {
  readonly code: string;
  readonly retry: RetryAdvice;
  readonly hint: string;
  readonly where: NonNullable<AppErrorOptions['where']>;

  constructor(options: AppErrorOptions) {
    super(options.message, { cause: options.cause });
    this.name = 'AppError';
    this.code = options.code;
    this.retry = options.retry;
    this.hint = options.hint;
    this.where = options.where ?? {};
  }
}

/**
 * True for an `AppError`, optionally of one code. Tells by name: the web build holds a copy of this class, and an error of
 * the process's own copy has to be known there, too.
 */
export function isAppError(error: unknown, code?: string): error is AppError {
  return (
    error instanceof Error &&
    error.name === 'AppError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  );
}
