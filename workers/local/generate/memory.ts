import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';

/** Hidden, so that neither a listing of the lane nor `cp DIR/*` takes it for an export. */
const MEMORY_NAME = '.generate.json';

const daySchema = z.strictObject({
  change: z.number().min(0).max(1),
  newCustomers: z.number().int().nonnegative(),
});
const memorySchema = z.strictObject({
  seed: z.number().int(),
  country: z.enum(['AU', 'NZ']),
  dirtyRate: z.number(),
  /** Customers on day 0. */
  customers: z.number().int().nonnegative(),
  orders: z.number().int().nonnegative(),
  rewards: z.number().int().nonnegative(),
  encoding: z.enum(['utf-8', 'utf-8-bom', 'utf-16le', 'utf-16be', 'windows-1252']),
  delimiter: z.enum([',', ';', '\t', '|']),
  newline: z.enum(['\n', '\r\n']),
  /** What happened on day 1, day 2, … */
  days: z.array(daySchema),
});

export type GeneratedDay = z.output<typeof daySchema>;
/**
 * What the files of a folder were made of. With it the next day follows also when the files have gone to `/processed`
 * and when each day had another share of changes.
 */
export type Memory = z.output<typeof memorySchema>;

/** Null when nothing was generated into the folder yet. Errors: AppError `wrong_use` when the note is damaged. */
export async function readMemory(dir: string): Promise<Memory | null> {
  const file = path.join(dir, MEMORY_NAME);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return null;
    }
    throw error;
  }
  try {
    return memorySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError({
      code: 'wrong_use',
      retry: 'person',
      message: `${file}: not a note of the generator`,
      hint: `${file} cannot be read. Delete it and generate the first day again.`,
      where: { file },
      cause,
    });
  }
}

export async function writeMemory(dir: string, memory: Memory): Promise<void> {
  const file = path.join(dir, MEMORY_NAME);
  await writeFile(`${file}.part`, `${JSON.stringify(memory, null, 2)}\n`);
  await rename(`${file}.part`, file);
}
