import { AsyncLocalStorage } from 'node:async_hooks';
import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { LogLevel } from '#app/config.server.ts';
import type { Log } from '#app/context.ts';
import { isAppError } from '#app/domain/errors.ts';
import { redactSecrets } from './log-redaction.server.ts';

export type LogOptions = {
  level?: LogLevel;
  /** Null = pretty on a terminal, else JSON. */
  format?: 'pretty' | 'json' | null;
  /** Takes each finished line; stderr when left out. */
  write?: (line: string) => void;
  /** Texts that no line may show, wherever they stand: what the environment holds in secrets. */
  secrets?: readonly string[];
};

const CAUSES_SHOWN = 3;

/** Structured log on stderr. Secrets are taken out of the finished line, so no way around exists. */
export function openLog({
  level = 'info',
  format = null,
  write = toStderr,
  secrets = [],
}: LogOptions = {}): Log {
  const around = new AsyncLocalStorage<object>();
  const isPretty = format === 'pretty' || (format === null && process.stderr.isTTY === true);
  const pretty = isPretty
    ? prettyFactory({
        colorize: process.stderr.isTTY === true,
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss',
      })
    : null;
  const lines = pino(
    {
      level,
      base: null,
      // Merged with the line's own fields, which win: no field stands twice in a line.
      mixin: () => ({ ...around.getStore() }),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    },
    {
      write(line: string) {
        const clean = redactSecrets(line, secrets);
        write(pretty ? (pretty(clean) ?? clean) : clean);
      },
    },
  );
  // Children inherit it.
  return Object.assign(lines, {
    within: <Result>(fields: object, work: () => Result) =>
      around.run({ ...around.getStore(), ...fields }, work),
  });
}

// Objects and buffers under these names; texts are found at any depth by redactSecrets.
const SECRET_NAMES = ['password', 'passphrase', 'privateKey', 'apiKey', 'secret', 'token', 'accessToken'];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

function toStderr(line: string): void {
  process.stderr.write(line);
}

type ErrorFields = {
  type: string;
  code?: unknown;
  message: string;
  stack?: string | undefined;
  cause?: unknown;
};

/** Only what is ours to show: driver errors carry rows and parameters in other members. */
function describeError(error: unknown, depth = 0): ErrorFields | unknown {
  if (!(error instanceof Error)) {
    return error;
  }
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    message: error.message,
    // What a person must mend is explained by its message; the stack is for our own mistakes.
    ...(isAppError(error) ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= CAUSES_SHOWN
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}
