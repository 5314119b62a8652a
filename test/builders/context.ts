import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '#app/config.server.ts';
import { openContext } from '#app/context.server.ts';
import type { Context } from '#app/context.ts';
import { cloneTemplate } from './database.ts';
import { recordingLog, type LogLine } from './log.ts';

export type TestContextOptions = {
  /** True: lines of level error are what the test is about. Otherwise one fails the test. */
  expectErrors?: boolean;
  /** More environment, e.g. `{ KLAVIYO_BASE_URL: emulator.url }`. */
  env?: Record<string, string>;
};

export type TestContext = {
  ctx: Context;
  databaseUrl: string;
  dataDir: string;
  /** What was logged so far, redacted as it would be written. */
  lines: LogLine[];
} & AsyncDisposable;

/** Real ports on a database of its own, a data directory of its own and no pause between the looks at a file. */
export async function createTestContext(
  overrides: Partial<Context> = {},
  { expectErrors = false, env = {} }: TestContextOptions = {},
): Promise<TestContext> {
  const { log, lines } = recordingLog();
  const database = await cloneTemplate();
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'threadline-context-'));
  const config = readConfig({
    THREADLINE_DATA_DIR: dataDir,
    THREADLINE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    THREADLINE_SETTLE_MS: '0',
    KLAVIYO_BASE_URL: 'http://127.0.0.1:1', // nothing of a test may reach the real one
    ...env,
  });
  const { ctx, close } = await openContext({ ...config, databaseUrl: database.url }, { log });
  return {
    ctx: { ...ctx, ...overrides },
    databaseUrl: database.url,
    dataDir,
    lines,
    async [Symbol.asyncDispose]() {
      await close();
      await database[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
      const errors = expectErrors
        ? []
        : lines.filter((line) => line.level === 'error' || line.level === 'fatal');
      if (errors.length > 0) {
        throw new Error(
          `the log holds errors that the test did not expect:\n${JSON.stringify(errors, null, 2)}`,
        );
      }
    },
  };
}
