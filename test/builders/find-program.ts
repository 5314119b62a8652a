import { accessSync, constants } from 'node:fs';
import path from 'node:path';

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

/** The path of a program that was found before, for instance by `testWith`. */
export function systemProgram(program: SystemProgram): string {
  const found = findSystemProgram(program);
  if (found === null) {
    throw new Error(`${program} is not installed`);
  }
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
