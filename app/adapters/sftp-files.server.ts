import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import type { FileEntryWithStats, Stats } from 'ssh2';
import type { RemoteFile } from '#app/domain/ports/sftp.ts';
import { fileMissing, folderMissing, LinkBroken, SFTP_STATUS, sftpStatus } from './sftp-errors.server.ts';
import type { SftpLink } from './sftp-link.server.ts';

const WRITE_BYTES = 128 * 1024;

/** Files and folders of a folder, links followed. Links that lead nowhere, or where nobody may look, are left out. */
export async function listOver(link: SftpLink, directory: string): Promise<RemoteFile[]> {
  const entries = await link.call<FileEntryWithStats[]>((done) => link.sftp.readdir(directory, done));
  const files: RemoteFile[] = [];
  for (const entry of entries) {
    const path = posix.join(directory, entry.filename);
    if (entry.attrs.isSymbolicLink()) {
      const target = await targetOf(link, path);
      if (target !== null) {
        files.push(target);
      }
    } else {
      files.push(remoteFile(path, entry.attrs, entry.longname.startsWith('d')));
    }
  }
  return files;
}

async function targetOf(link: SftpLink, path: string): Promise<RemoteFile | null> {
  try {
    return await statOver(link, path);
  } catch (error) {
    if (error instanceof LinkBroken) {
      throw error;
    }
    return null;
  }
}

/** Null when nothing is there. */
export async function statOver(link: SftpLink, path: string): Promise<RemoteFile | null> {
  try {
    return remoteFile(path, await link.call<Stats>((done) => link.sftp.stat(path, done)));
  } catch (error) {
    if (sftpStatus(error) === SFTP_STATUS.noSuchFile) {
      return null;
    }
    // Some servers answer "failure" for a missing file. Only the listing of its folder can tell.
    if (sftpStatus(error) === SFTP_STATUS.failure && !(await isListed(link, path))) {
      return null;
    }
    throw error;
  }
}

async function isListed(link: SftpLink, path: string): Promise<boolean> {
  const directory = posix.dirname(path);
  const entries = await link.call<FileEntryWithStats[]>((done) => link.sftp.readdir(directory, done));
  return entries.some((entry) => entry.filename === posix.basename(path));
}

/** Some servers leave the mode out: then `isLongDirectory`, from the listing's first letter, tells. */
function remoteFile(path: string, stats: Stats, isLongDirectory = false): RemoteFile {
  return {
    name: posix.basename(path),
    path,
    size: stats.size,
    modifiedAtMs: stats.mtime * 1_000,
    isDirectory: stats.isDirectory() || isLongDirectory,
  };
}

/** Creates a folder and its parents; a folder that another client creates meanwhile is as good. */
export async function ensureDirectoryOver(link: SftpLink, path: string): Promise<void> {
  const directory = posix.normalize(path).replace(/(.)\/$/, '$1');
  if (directory === '/' || directory === '.' || (await statOver(link, directory))?.isDirectory === true) {
    return;
  }
  await ensureDirectoryOver(link, posix.dirname(directory));
  try {
    await link.call<void>((done) => link.sftp.mkdir(directory, (error) => done(error, undefined)));
  } catch (error) {
    if (error instanceof LinkBroken || (await statOver(link, directory))?.isDirectory !== true) {
      throw error;
    }
  }
}

/** Deletes a file if it is there. */
export async function removeOver(link: SftpLink, path: string): Promise<void> {
  try {
    await link.call<void>((done) => link.sftp.unlink(path, (error) => done(error, undefined)));
  } catch (error) {
    if (error instanceof LinkBroken || (await statOver(link, path)) !== null) {
      throw error;
    }
  }
}

/** Writes under a hidden name, which the intake passes over, and renames: nobody sees half a file. */
export async function uploadOver(
  link: SftpLink,
  source: string | Uint8Array,
  remotePath: string,
): Promise<void> {
  const partPath = posix.join(posix.dirname(remotePath), `.${posix.basename(remotePath)}.part`);
  const handle = await link.call<Buffer>((done) => link.sftp.open(partPath, 'w', done));
  let position = 0;
  try {
    for await (const block of blocksOf(source)) {
      const at = position;
      await link.call<void>((done) =>
        link.sftp.write(handle, block, 0, block.length, at, (error) => done(error, undefined)),
      );
      position += block.length;
    }
  } finally {
    await link.call<void>((done) => link.sftp.close(handle, (error) => done(error, undefined)));
  }
  await replace(link, partPath, remotePath);
}

async function* blocksOf(source: string | Uint8Array): AsyncGenerator<Buffer> {
  if (typeof source !== 'string') {
    for (let at = 0; at < source.length; at += WRITE_BYTES) {
      yield Buffer.from(source.subarray(at, at + WRITE_BYTES));
    }
    return;
  }
  const file = await open(source, 'r');
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(WRITE_BYTES) });
      if (bytesRead === 0) {
        return;
      }
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** OpenSSH replaces in one step; elsewhere the old file goes first. */
async function replace(link: SftpLink, from: string, to: string): Promise<void> {
  try {
    await link.call<void>((done) =>
      link.sftp.ext_openssh_rename(from, to, (error) => done(error ?? null, undefined)),
    );
  } catch (error) {
    if (error instanceof LinkBroken || sftpStatus(error) === SFTP_STATUS.permissionDenied) {
      throw error;
    }
    await removeOver(link, to);
    await renameOver(link, from, to);
  }
}

function renameOver(link: SftpLink, from: string, to: string): Promise<void> {
  return link.call<void>((done) => link.sftp.rename(from, to, (error) => done(error, undefined)));
}

/** What a move remembers when the connection breaks in the middle: it may have happened. */
export type MoveMemory = { size: number; target: string } | null;

/**
 * Renames to the first free name of `to`, `to-2`, `to-3`… `remember` is told before each attempt, and `memory` is what
 * an attempt before this one left.
 */
export async function moveOver(
  link: SftpLink,
  paths: { from: string; to: string },
  memory: MoveMemory,
  remember: (memory: MoveMemory) => void,
): Promise<string> {
  const { from, to } = paths;
  const source = await statOver(link, from);
  if (source === null) {
    const arrived = memory === null ? null : await statOver(link, memory.target);
    if (memory !== null && arrived?.size === memory.size) {
      return memory.target;
    }
    throw fileMissing(from);
  }
  for (let number = 1; ; number += 1) {
    const target = numberedPath(to, number);
    if ((await statOver(link, target)) !== null) {
      continue;
    }
    remember({ size: source.size, target });
    try {
      await renameOver(link, from, target);
      return target;
    } catch (error) {
      if (error instanceof LinkBroken) {
        throw error;
      }
      await explainRefusal(link, { from, target }, error);
    }
  }
}

/** A rename was refused: returns when another client took the target's name meanwhile, else throws what it was. */
async function explainRefusal(
  link: SftpLink,
  paths: { from: string; target: string },
  error: unknown,
): Promise<void> {
  if ((await statOver(link, paths.from)) === null) {
    throw fileMissing(paths.from, error);
  }
  if ((await statOver(link, paths.target)) !== null) {
    return;
  }
  const directory = posix.dirname(paths.target);
  if ((await statOver(link, directory)) === null) {
    throw folderMissing(directory, error);
  }
  throw error;
}

function numberedPath(path: string, number: number): string {
  const extension = posix.extname(path);
  return number === 1 ? path : `${path.slice(0, path.length - extension.length)}-${number}${extension}`;
}
