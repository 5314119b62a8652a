import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Stats } from 'ssh2';
import { AppError } from '#app/domain/errors.ts';
import { fileChanged, LinkBroken } from './sftp-errors.server.ts';
import type { SftpLink } from './sftp-link.server.ts';

/** Sixteen requests of 128 KB on their way at once fill the line: 400 MB/s instead of 174 (measured on one machine). */
const READ_BYTES = 128 * 1024;
const READS_IN_FLIGHT = 16;
/** What every server must be able to answer (draft-ietf-secsh-filexfer-02, section 6.4). */
const CAREFUL_BYTES = 32 * 1024;

export type DownloadOptions = { expectedSize?: number; onBytes?(bytes: number): void };

/**
 * Copies a remote file: to a name with `.part` first, on the disk before it gets its own name, readable by this user only.
 * Errors: `sftp_file_changed`, `disk_full`, `LinkBroken`, ssh2's errors.
 */
export async function downloadOver(
  link: SftpLink,
  path: string,
  destinationPath: string,
  options: DownloadOptions,
): Promise<{ bytes: number; sha256: string }> {
  const handle = await link.call<Buffer>((done) => link.sftp.open(path, 'r', done));
  const partPath = `${destinationPath}.part`;
  try {
    await mkdir(dirname(destinationPath), { recursive: true });
    const part = await open(partPath, 'w', 0o600);
    let copied: { bytes: number; sha256: string };
    try {
      copied = await copy(link, { path, handle }, part, options);
      await part.sync();
    } finally {
      await part.close();
    }
    await rename(partPath, destinationPath);
    await syncFolder(dirname(destinationPath));
    return copied;
  } catch (error) {
    await rm(partPath, { force: true });
    throw localError(error, destinationPath);
  } finally {
    await closeHandle(link, handle);
  }
}

async function copy(
  link: SftpLink,
  remote: { path: string; handle: Buffer },
  part: FileHandle,
  options: DownloadOptions,
): Promise<{ bytes: number; sha256: string }> {
  const { path, handle } = remote;
  const before = await lookAt(link, path, handle);
  if (options.expectedSize !== undefined && before.size !== options.expectedSize) {
    throw fileChanged(path, `${before.size} bytes instead of ${options.expectedSize}`);
  }
  const sink: Sink = { part, hash: createHash('sha256'), bytes: 0, onBytes: options.onBytes };
  const isSteady = await readAhead(link, handle, before.size, sink);
  if (!isSteady) {
    await readCarefully(link, handle, before.size, sink);
  }
  const after = await lookAt(link, path, handle);
  if (sink.bytes !== before.size || after.size !== before.size || after.mtime !== before.mtime) {
    throw fileChanged(path, `${before.size} bytes at first, ${sink.bytes} read, ${after.size} in the end`);
  }
  return { bytes: sink.bytes, sha256: sink.hash.digest('hex') };
}

/** FSTAT, or STAT for servers that do not know it. */
async function lookAt(link: SftpLink, path: string, handle: Buffer): Promise<Stats> {
  try {
    return await link.call<Stats>((done) => link.sftp.fstat(handle, done));
  } catch (error) {
    if (error instanceof LinkBroken) {
      throw error;
    }
    return link.call<Stats>((done) => link.sftp.stat(path, done));
  }
}

/** Where bytes go, in order. */
type Sink = { part: FileHandle; hash: Hash; bytes: number; onBytes?(bytes: number): void };

async function take(sink: Sink, bytes: Buffer): Promise<void> {
  sink.hash.update(bytes);
  let written = 0;
  while (written < bytes.length) {
    written += (await sink.part.write(bytes, written, bytes.length - written)).bytesWritten;
  }
  sink.bytes += bytes.length;
  sink.onBytes?.(sink.bytes);
}

/**
 * Reads with many requests on their way, and takes their answers in order. False when the server could not cope (some
 * refuse requests beyond a few, or cut them short): then `sink.bytes` tells where to go on.
 */
async function readAhead(link: SftpLink, handle: Buffer, size: number, sink: Sink): Promise<boolean> {
  const slots = Array.from({ length: Math.min(READS_IN_FLIGHT, Math.ceil(size / READ_BYTES)) }, () =>
    Buffer.allocUnsafe(READ_BYTES),
  );
  const flying: Promise<Buffer>[] = [];
  let asked = 0;
  function ask(slot: Buffer): void {
    const length = Math.min(READ_BYTES, size - asked);
    const read = readFully(link, handle, slot.subarray(0, length), asked);
    // It is awaited later, in its turn; until then nobody listens.
    read.catch(() => undefined);
    flying.push(read);
    asked += length;
  }
  for (const slot of slots) {
    ask(slot);
  }
  try {
    for (let turn = 0; flying.length > 0; turn += 1) {
      const bytes = await flying.shift();
      const slot = slots[turn % slots.length];
      if (bytes === undefined || slot === undefined) {
        break;
      }
      await take(sink, bytes);
      if (asked < size) {
        ask(slot);
      }
    }
    return true;
  } catch (error) {
    await Promise.allSettled(flying);
    if (error instanceof LinkBroken || isLocal(error)) {
      throw error;
    }
    return false;
  }
}

/** Fills the buffer, asking again after short answers. Errors: ssh2's, or an `Error` when the file ends before. */
async function readFully(link: SftpLink, handle: Buffer, into: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < into.length) {
    const count = await readOnce(link, handle, into, filled, position + filled);
    if (count === 0) {
      throw new Error(`the file ends at byte ${position + filled}`);
    }
    filled += count;
  }
  return into;
}

function readOnce(
  link: SftpLink,
  handle: Buffer,
  into: Buffer,
  filled: number,
  position: number,
): Promise<number> {
  return link.call<number>((done) =>
    link.sftp.read(handle, into, filled, into.length - filled, position, done),
  );
}

/** One small request at a time, to the end of the file or `size`, from where the bytes in order stopped. */
async function readCarefully(link: SftpLink, handle: Buffer, size: number, sink: Sink): Promise<void> {
  const block = Buffer.allocUnsafe(CAREFUL_BYTES);
  while (sink.bytes < size) {
    const into = block.subarray(0, Math.min(CAREFUL_BYTES, size - sink.bytes));
    const count = await readOnce(link, handle, into, 0, sink.bytes);
    if (count === 0) {
      return;
    }
    await take(sink, into.subarray(0, count));
  }
}

/** The answer does not matter: what was read is complete or refused already. */
async function closeHandle(link: SftpLink, handle: Buffer): Promise<void> {
  if (!link.isBroken()) {
    await link
      .call<void>((done) => link.sftp.close(handle, (error) => done(error, undefined)))
      .catch(() => undefined);
  }
}

/** The new name survives a power cut only when its folder is written too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isLocal(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function localError(error: unknown, destinationPath: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (isLocal(error) && (code === 'ENOSPC' || code === 'EDQUOT')) {
    return new AppError({
      code: 'disk_full',
      retry: 'later',
      message: `${destinationPath}: ${String(code)}`,
      hint: 'There is no room left on the disk for files that wait to be imported. Make room; the file is read again by itself.',
      cause: error,
    });
  }
  return error;
}
