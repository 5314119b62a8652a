import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { UNASSIGNED_IN_WINDOWS_1252 } from './csv-decode.server.ts';

/** What the bytes of a whole file say about its encoding. */
export type ByteScan = {
  isUtf8: boolean;
  hasNul: boolean;
  /** Counted only when the file is not valid UTF-8. */
  characters: number;
  strayBytes: number;
  hasUnassigned: boolean;
};

const BLOCK = 1 << 20;

/**
 * Looks at every byte after `from`: an é on the last line decides between UTF-8 and Windows-1252 as well as one on the
 * first. Valid UTF-8 costs one pass in native code; anything else a second one that counts.
 */
export async function scanBytes(file: FileHandle, from: number, signal?: AbortSignal): Promise<ByteScan> {
  const scan: ByteScan = { isUtf8: true, hasNul: false, characters: 0, strayBytes: 0, hasUnassigned: false };
  await eachBlock(file, from, signal, (bytes) => {
    scan.hasNul ||= bytes.includes(0);
    scan.isUtf8 = isUtf8(bytes);
    return scan.isUtf8 && !scan.hasNul;
  });
  if (scan.isUtf8 || scan.hasNul) {
    return scan;
  }
  await eachBlock(file, from, signal, (bytes) => {
    countBytes(bytes, scan);
    return true;
  });
  return scan;
}

/** Hands on blocks that end between characters, should the file be UTF-8, until `onBlock` says false. */
async function eachBlock(
  file: FileHandle,
  from: number,
  signal: AbortSignal | undefined,
  onBlock: (bytes: Buffer) => boolean,
): Promise<void> {
  const block = Buffer.allocUnsafe(BLOCK);
  let position = from;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(block, 0, BLOCK, position);
    if (bytesRead === 0) {
      return;
    }
    const isLast = bytesRead < BLOCK && (await file.stat()).size <= position + bytesRead;
    const end = isLast ? bytesRead : bytesRead - unfinishedBytes(block.subarray(0, bytesRead));
    if (!onBlock(block.subarray(0, end))) {
      return;
    }
    position += end;
  }
}

/** How many bytes at the end belong to a UTF-8 character that goes on in the next block: 0 to 3. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back < bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) {
      return 0;
    }
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

function countBytes(bytes: Buffer, scan: ByteScan): void {
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) {
      at += 1;
      continue;
    }
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte >= 0xc2 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) {
      scan.characters += 1;
      at += length;
      continue;
    }
    scan.strayBytes += 1;
    scan.hasUnassigned ||= UNASSIGNED_IN_WINDOWS_1252.includes(byte);
    at += 1;
  }
}
