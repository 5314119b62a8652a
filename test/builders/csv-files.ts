import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import type { CsvFormat } from '#app/domain/ports/csv.ts';

/** A folder that is gone when the test ends. */
export async function temporaryFolder(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'threadline-test-'));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Text as the bytes of an encoding, by an independent library. */
export function encodeText(text: string, encoding: CsvFormat['encoding']): Buffer {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text, 'utf8');
    case 'utf-8-bom':
      return iconv.encode(text, 'utf8', { addBOM: true });
    case 'utf-16le':
    case 'utf-16be':
      return iconv.encode(text, encoding, { addBOM: true });
    case 'windows-1252':
      return iconv.encode(text, 'windows-1252');
  }
}

/** Writes the bytes as `export.csv` in a folder of their own. */
export async function csvFile(
  bytes: Buffer | string,
): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'export.csv');
  await writeFile(path, bytes);
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
