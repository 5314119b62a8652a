import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import type { RemoteFile, SftpSession } from '#app/domain/ports/sftp.ts';

const DIRECTORY = path.join(import.meta.dirname, 'sample-exports');

/**
 * The sample exports as if they lay in the folder `directory` of an SFTP server, for a shop that wants to look before it has
 * one. Whatever is moved away is gone for this session; nothing can be written.
 */
export async function openSampleFiles(directory: string): Promise<SftpSession> {
  const files = new Map<string, RemoteFile>();
  for (const name of await readdir(DIRECTORY)) {
    const { size } = await stat(path.join(DIRECTORY, name));
    const place = `${directory}/${name}`;
    files.set(place, { name, path: place, size, modifiedAtMs: 0, isDirectory: false });
  }
  return {
    hostKey: '',
    list: async (folder) => [...files.values()].filter((file) => path.posix.dirname(file.path) === folder),
    stat: async (place) => files.get(place) ?? null,
    exists: async (place) => files.has(place),
    async download(place, destination) {
      const bytes = await readFile(path.join(DIRECTORY, path.posix.basename(place)));
      await writeFile(destination, bytes);
      return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    },
    async *read(place) {
      yield await readFile(path.join(DIRECTORY, path.posix.basename(place)));
    },
    async move(from, to) {
      files.delete(from);
      return to;
    },
    upload: readOnly,
    remove: readOnly,
    ensureDirectory: async () => {},
    close: async () => {},
  };
}

async function readOnly(): Promise<never> {
  throw new AppError({
    code: 'sftp_permission_denied',
    retry: 'never',
    message: 'the sample files are read-only',
    hint: 'The sample data cannot be changed.',
  });
}
