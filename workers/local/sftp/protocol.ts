import type { Stats } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readlink,
  rename,
  rmdir,
  stat,
  truncate,
  unlink,
  utimes,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import ssh2, { type Attributes, type FileEntry, type InputAttributes, type SFTPWrapper } from 'ssh2';
import { createHandles, isAppending, openPlace } from './handles.ts';
import { OutsideJail, placeInside, shownPath } from './jail.ts';

const { STATUS_CODE } = ssh2.utils.sftp;
const LARGEST_READ = 256 * 1024;
const NAMES_PER_ANSWER = 100;

export type FileEvent = {
  type: 'read' | 'written' | 'listed' | 'moved' | 'removed' | 'folder created' | 'folder removed';
  path: string;
};

/**
 * Answers one client's SFTP requests (version 3) with the files below `root`. The function that is returned closes the
 * files that the client left open.
 */
export function serveFiles(
  sftp: SFTPWrapper,
  root: string,
  onEvent: (event: FileEvent) => void,
): () => Promise<void> {
  const handles = createHandles();

  /** Runs the work of one request and turns what it throws into a status. */
  function answer(id: number, work: () => Promise<void>): void {
    work().catch((error: unknown) =>
      sftp.status(id, statusOf(error), error instanceof Error ? error.message : ''),
    );
  }
  function done(id: number): void {
    sftp.status(id, STATUS_CODE.OK);
  }
  const at = (path: string, isLinkItself = false): Promise<string> => placeInside(root, path, isLinkItself);

  sftp.on('OPEN', (id, path, flags, attributes) =>
    answer(id, async () => {
      const file = await openPlace(await at(path), flags, modeOf(attributes) ?? 0o644);
      if ((await file.stat()).isDirectory()) {
        await file.close();
        throw new Error(`${shownPath(path)} is a folder`);
      }
      const opened = { path: shownPath(path), file, isAppending: isAppending(flags), isWritten: false };
      sftp.handle(id, await handles.add({ kind: 'file', ...opened }));
    }),
  );
  sftp.on('READ', (id, handle, offset, length) =>
    answer(id, () =>
      handles.withFile(handle, async ({ file }) => {
        const block = Buffer.allocUnsafe(Math.min(length, LARGEST_READ));
        const { bytesRead } = await file.read(block, 0, block.length, offset);
        if (bytesRead === 0) {
          sftp.status(id, STATUS_CODE.EOF);
        } else {
          sftp.data(id, block.subarray(0, bytesRead));
        }
      }),
    ),
  );
  sftp.on('WRITE', (id, handle, offset, bytes) =>
    answer(id, () =>
      handles.withFile(handle, async (opened) => {
        const start = opened.isAppending ? (await opened.file.stat()).size : offset;
        let written = 0;
        while (written < bytes.length) {
          const rest = bytes.length - written;
          written += (await opened.file.write(bytes, written, rest, start + written)).bytesWritten;
        }
        opened.isWritten = true;
        done(id);
      }),
    ),
  );
  sftp.on('CLOSE', (id, handle) =>
    answer(id, async () => {
      const opened = await handles.close(handle);
      done(id);
      const type = opened.kind === 'folder' ? 'listed' : opened.isWritten ? 'written' : 'read';
      onEvent({ type, path: opened.path });
    }),
  );
  sftp.on('FSTAT', (id, handle) =>
    answer(id, () =>
      handles.withFile(handle, async ({ file }) => sftp.attrs(id, attributesOf(await file.stat()))),
    ),
  );
  sftp.on('STAT', (id, path) =>
    answer(id, async () => sftp.attrs(id, attributesOf(await stat(await at(path))))),
  );
  sftp.on('LSTAT', (id, path) =>
    answer(id, async () => sftp.attrs(id, attributesOf(await lstat(await at(path, true))))),
  );
  sftp.on('SETSTAT', (id, path, wanted) =>
    answer(id, async () => {
      await applyAttributes(await at(path), wanted);
      done(id);
    }),
  );
  sftp.on('FSETSTAT', (id, handle, wanted) =>
    answer(id, () =>
      handles.withFile(handle, async (opened) => {
        await applyAttributes(await at(opened.path), wanted);
        done(id);
      }),
    ),
  );
  sftp.on('OPENDIR', (id, path) =>
    answer(id, async () => {
      const place = await at(path);
      const names = ['.', '..', ...(await readdir(place)).sort()];
      sftp.handle(id, await handles.add({ kind: 'folder', path: shownPath(path), place, names }));
    }),
  );
  sftp.on('READDIR', (id, handle) =>
    answer(id, async () => {
      const folder = handles.folder(handle);
      const entries: FileEntry[] = [];
      while (entries.length === 0 && folder.names.length > 0) {
        entries.push(...(await describe(folder.place, folder.names.splice(0, NAMES_PER_ANSWER))));
      }
      if (entries.length === 0) {
        sftp.status(id, STATUS_CODE.EOF);
      } else {
        sftp.name(id, entries);
      }
    }),
  );
  sftp.on('REALPATH', (id, path) => {
    const filename = shownPath(path);
    sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
  });
  sftp.on('MKDIR', (id, path, attributes) =>
    answer(id, async () => {
      await mkdir(await at(path, true), { mode: modeOf(attributes) ?? 0o755 });
      done(id);
      onEvent({ type: 'folder created', path: shownPath(path) });
    }),
  );
  sftp.on('RMDIR', (id, path) =>
    answer(id, async () => {
      await rmdir(exceptRoot(root, await at(path, true)));
      done(id);
      onEvent({ type: 'folder removed', path: shownPath(path) });
    }),
  );
  sftp.on('REMOVE', (id, path) =>
    answer(id, async () => {
      await unlink(exceptRoot(root, await at(path, true)));
      done(id);
      onEvent({ type: 'removed', path: shownPath(path) });
    }),
  );
  sftp.on('RENAME', (id, from, to) =>
    answer(id, async () => {
      await renameWithoutOverwriting(exceptRoot(root, await at(from, true)), await at(to, true));
      done(id);
      onEvent({ type: 'moved', path: shownPath(to) });
    }),
  );
  sftp.on('READLINK', (id, path) =>
    answer(id, async () => {
      const filename = await readlink(await at(path, true));
      sftp.name(id, [{ filename, longname: filename, attrs: {} as Attributes }]);
    }),
  );
  // Links could lead out of the folder, and nobody who drops files needs them.
  sftp.on('SYMLINK', (id) => sftp.status(id, STATUS_CODE.OP_UNSUPPORTED));
  sftp.on('EXTENDED', (id) => sftp.status(id, STATUS_CODE.OP_UNSUPPORTED));
  return handles.closeAll;
}

function statusOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (error instanceof OutsideJail || code === 'EACCES' || code === 'EPERM') {
    return STATUS_CODE.PERMISSION_DENIED;
  }
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'
    ? STATUS_CODE.NO_SUCH_FILE
    : STATUS_CODE.FAILURE;
}

function attributesOf(stats: Stats): Attributes {
  return {
    mode: stats.mode,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.size,
    atime: Math.floor(stats.atimeMs / 1_000),
    mtime: Math.floor(stats.mtimeMs / 1_000),
  };
}

/** ssh2's types allow a text, which never comes over the wire. */
function modeOf(attributes: InputAttributes): number | undefined {
  return attributes.mode === undefined ? undefined : Number(attributes.mode);
}

/** Owner and group are not ours to give away. */
async function applyAttributes(place: string, wanted: InputAttributes): Promise<void> {
  if (wanted.size !== undefined) {
    await truncate(place, wanted.size);
  }
  const mode = modeOf(wanted);
  if (mode !== undefined) {
    await chmod(place, mode & 0o777);
  }
  if (wanted.atime !== undefined && wanted.mtime !== undefined) {
    await utimes(place, wanted.atime, wanted.mtime);
  }
}

/** Entries with their attributes; what has been removed since the folder was opened is left out. */
async function describe(place: string, names: string[]): Promise<FileEntry[]> {
  const entries = await Promise.all(
    names.map(async (filename): Promise<FileEntry | null> => {
      try {
        const stats = await lstat(filename === '..' ? place : join(place, filename));
        return { filename, longname: longName(filename, stats), attrs: attributesOf(stats) };
      } catch {
        return null;
      }
    }),
  );
  return entries.filter((entry) => entry !== null);
}

/** A line as of `ls -l`: some clients read the kind of an entry from its first letter. */
function longName(filename: string, stats: Stats): string {
  const kind = stats.isDirectory() ? 'd' : stats.isSymbolicLink() ? 'l' : '-';
  const rights = [...'rwxrwxrwx']
    .map((letter, bit) => ((stats.mode >> (8 - bit)) & 1 ? letter : '-'))
    .join('');
  const when = stats.mtime.toUTCString().slice(5, 17);
  return `${kind}${rights} 1 ${stats.uid} ${stats.gid} ${stats.size} ${when} ${basename(filename)}`;
}

function exceptRoot(root: string, place: string): string {
  if (place === root) {
    throw new OutsideJail('the served folder itself');
  }
  return place;
}

/** Version 3 of the protocol never replaces a file by renaming. `link` refuses a taken name in one step, where it exists. */
async function renameWithoutOverwriting(from: string, to: string): Promise<void> {
  if ((await lstat(from)).isFile() && (await isLinked(from, to))) {
    await unlink(from);
    return;
  }
  const taken = await lstat(to).then(
    () => true,
    () => false,
  );
  if (taken) {
    throw new Error('the name is taken');
  }
  await rename(from, to);
}

async function isLinked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') {
      return false;
    }
    throw error;
  }
}
