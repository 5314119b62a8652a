import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import iconv from 'iconv-lite';
import type { CsvFormat } from '#app/domain/ports/csv.ts';
import { withoutAccents } from './names.ts';

/** Characters that are gathered before they go to the disk. */
const CHUNK_CHARACTERS = 1 << 20;

/**
 * Writes rows to a file, a chunk at a time, waiting for the disk. Until it is complete the file has a hidden name, so that
 * nobody who watches the folder reads half of it. Returns its size in bytes.
 */
export async function writeRows(input: {
  dir: string;
  name: string;
  rows: Iterable<string>;
  newline: string;
  encoding: CsvFormat['encoding'];
  /** Called after each chunk. */
  onChunk?: () => void;
}): Promise<number> {
  const { encoding, newline } = input;
  const target = path.join(input.dir, input.name);
  const unfinished = path.join(input.dir, `.${input.name}.part`);
  let byteCount = 0;
  try {
    const file = await open(unfinished, 'w');
    try {
      let text = byteOrderMark(encoding);
      for (const row of input.rows) {
        text += row + newline;
        if (text.length >= CHUNK_CHARACTERS) {
          byteCount += await writeText(file, encode(text, encoding));
          text = '';
          input.onChunk?.();
        }
      }
      byteCount += await writeText(file, encode(text, encoding));
    } finally {
      await file.close();
    }
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  input.onChunk?.();
  return byteCount;
}

async function writeText(file: Awaited<ReturnType<typeof open>>, bytes: Buffer): Promise<number> {
  await file.writeFile(bytes);
  return bytes.length;
}

function byteOrderMark(encoding: CsvFormat['encoding']): string {
  return encoding === 'utf-8' || encoding === 'windows-1252' ? '' : '\uFEFF';
}

function encode(text: string, encoding: CsvFormat['encoding']): Buffer {
  switch (encoding) {
    case 'utf-8':
    case 'utf-8-bom':
      return Buffer.from(text, 'utf8');
    case 'utf-16le':
      return Buffer.from(text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(text, 'utf16le').swap16();
    case 'windows-1252':
      // Windows-1252 has é and ü but no Māori macrons: such a shop's Apparel21 holds the plain letter.
      return iconv.encode(text.replaceAll(/[\u0100-\u017F]/g, withoutAccents), 'windows-1252');
  }
}
