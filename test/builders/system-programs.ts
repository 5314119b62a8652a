import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { test } from 'vitest';

export type SystemProgram = 'redis-server' | 'sshd' | 'chromium';

/** Other names under which a program may be installed. */
const NAMES: Record<SystemProgram, string[]> = {
  'redis-server': ['redis-server'],
  sshd: ['sshd'],
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
};

/** Where daemons live although they are not in everybody's PATH. */
const MORE_DIRECTORIES = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

/** Absolute path of the program; null when it is not installed, or when `test/run.mjs` was told to do without. */
export function findSystemProgram(program: SystemProgram): string | null {
  if ((process.env['THREADLINE_TEST_WITHOUT'] ?? '').split(',').includes(program)) {
    return null;
  }
  const directories = [...(process.env['PATH'] ?? '').split(path.delimiter), ...MORE_DIRECTORIES];
  const files = NAMES[program].flatMap((name) => directories.map((directory) => path.join(directory, name)));
  return files.find(isExecutable) ?? null;
}

/** The path of a program that `testWith` has found. */
export function systemProgram(program: SystemProgram): string {
  const found = findSystemProgram(program);
  if (found === null) {
    throw new Error(`${program} is not installed`);
  }
  return found;
}

/** A test that needs a system program: skipped with that reason where it is missing. */
export function testWith(program: SystemProgram, name: string, body: () => Promise<void>): void {
  test(name, async ({ skip }) => {
    skip(findSystemProgram(program) === null, `${program} is not installed`);
    await body();
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
