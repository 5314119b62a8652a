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

/**
 * Gives a remote file's bytes as they come, nothing of it on this disk. Ends with an error when not all came.
 * Errors: `sftp_file_changed`, `LinkBroken`, ssh2's errors.
 */
export async function* readOver(
  link: SftpLink,
  path: string,
  options: { expectedSize?: number },
): AsyncGenerator<Uint8Array> {
  const handle = await link.call<Buffer>((done) => link.sftp.open(path, 'r', done));
  try {
    const { size } = await lookAt(link, path, handle);
    if (options.expectedSize !== undefined && size !== options.expectedSize) {
      throw fileChanged(path, `${size} bytes instead of ${options.expectedSize}`);
    }
    let given = 0;
    for await (const bytes of blocksOf(link, handle, size)) {
      given += bytes.length;
      yield Buffer.from(bytes);
    }
    if (given !== size) {
      throw fileChanged(path, `${size} bytes at first, ${given} read`);
    }
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
  for await (const bytes of blocksOf(link, handle, before.size)) {
    await take(sink, bytes);
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
 * The bytes of a file in order, read with many requests on their way; from where a server cannot cope (some refuse requests
 * beyond a few, or cut them short), one small request at a time. A block is overwritten once the next is asked for.
 */
async function* blocksOf(link: SftpLink, handle: Buffer, size: number): AsyncGenerator<Buffer> {
  let given = 0;
  for await (const bytes of readAhead(link, handle, size)) {
    given += bytes.length;
    yield bytes;
  }
  yield* readCarefully(link, handle, given, size);
}

/** Ends early when the server could not cope. */
async function* readAhead(link: SftpLink, handle: Buffer, size: number): AsyncGenerator<Buffer> {
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
      const bytes = await flying.shift()?.catch(unlessBroken);
      const slot = slots[turn % slots.length];
      if (bytes === undefined || slot === undefined) {
        return;
      }
      yield bytes;
      if (asked < size) {
        ask(slot);
      }
    }
  } finally {
    await Promise.allSettled(flying);
  }
}

function unlessBroken(error: unknown): undefined {
  if (error instanceof LinkBroken) {
    throw error;
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

/** From `position` to the end of the file or `size`. */
async function* readCarefully(
  link: SftpLink,
  handle: Buffer,
  position: number,
  size: number,
): AsyncGenerator<Buffer> {
  const block = Buffer.allocUnsafe(CAREFUL_BYTES);
  for (let given = position; given < size;) {
    const into = block.subarray(0, Math.min(CAREFUL_BYTES, size - given));
    const count = await readOnce(link, handle, into, 0, given);
    if (count === 0) {
      return;
    }
    given += count;
    yield into.subarray(0, count);
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
