import { test } from 'vitest';
import { findSystemProgram, type SystemProgram } from './find-program.ts';

export { systemProgram } from './find-program.ts';

/** A test that needs a system program: skipped with that reason where it is missing. */
export function testWith(
  program: SystemProgram,
  name: string,
  body: () => Promise<void>,
  options: { timeout?: number } = {},
): void {
  test(name, options, async ({ skip }) => {
    skip(findSystemProgram(program) === null, `${program} is not installed`);
    await body();
  });
}
