import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import ssh2 from 'ssh2';

const { OPEN_MODE } = ssh2.utils.sftp;

type OpenFile = {
  kind: 'file';
  path: string;
  file: FileHandle;
  isAppending: boolean;
  isWritten: boolean;
};
type OpenFolder = { kind: 'folder'; path: string; place: string; names: string[] };
type Opened = (OpenFile | OpenFolder) & { busy: Set<Promise<unknown>> };

/** The open files and folders of one SFTP channel, by the handles that the client holds. */
export type Handles = {
  /** Keeps what was opened. After `closeAll` it is closed at once: the client went away while it was being opened. Errors: `BadHandle`. */
  add(opened: OpenFile | OpenFolder): Promise<Buffer>;
  /** Runs work on an open file; `close` waits for it. Errors: `BadHandle`. */
  withFile<Result>(handle: Buffer, work: (opened: OpenFile) => Promise<Result>): Promise<Result>;
  folder(handle: Buffer): OpenFolder;
  close(handle: Buffer): Promise<OpenFile | OpenFolder>;
  closeAll(): Promise<void>;
};

class BadHandle extends Error {
  override readonly name = 'BadHandle';
}

export function createHandles(): Handles {
  const opened = new Map<number, Opened>();
  let last = 0;
  let isOver = false;

  function find(handle: Buffer): Opened {
    const found = handle.length === 4 ? opened.get(handle.readUInt32BE(0)) : undefined;
    if (found === undefined) {
      throw new BadHandle('no such handle');
    }
    return found;
  }

  async function shut(entry: Opened): Promise<void> {
    // Clients may close while their reads are still on the way; a file that is gone under them would answer nonsense.
    await Promise.allSettled([...entry.busy]);
    if (entry.kind === 'file') {
      await entry.file.close();
    }
  }

  return {
    async add(entry) {
      if (isOver) {
        await shut({ ...entry, busy: new Set() });
        throw new BadHandle('the client is gone');
      }
      last += 1;
      opened.set(last, { ...entry, busy: new Set() });
      const handle = Buffer.alloc(4);
      handle.writeUInt32BE(last, 0);
      return handle;
    },
    async withFile(handle, work) {
      const entry = find(handle);
      if (entry.kind !== 'file') {
        throw new BadHandle('this handle is a folder');
      }
      const running = work(entry);
      entry.busy.add(running);
      try {
        return await running;
      } finally {
        entry.busy.delete(running);
      }
    },
    folder(handle) {
      const entry = find(handle);
      if (entry.kind !== 'folder') {
        throw new BadHandle('this handle is a file');
      }
      return entry;
    },
    async close(handle) {
      const entry = find(handle);
      opened.delete(handle.readUInt32BE(0));
      await shut(entry);
      return entry;
    },
    async closeAll() {
      isOver = true;
      const entries = [...opened.values()];
      opened.clear();
      await Promise.all(entries.map(shut));
    },
  };
}

/** Opens a place with the flags of SSH_FXP_OPEN (draft-ietf-secsh-filexfer-02, section 6.3). */
export async function openPlace(place: string, flags: number, mode: number): Promise<FileHandle> {
  const wants = (flag: number): boolean => (flags & flag) !== 0;
  let access = constants.O_RDONLY;
  if (wants(OPEN_MODE.WRITE)) {
    access = wants(OPEN_MODE.READ) ? constants.O_RDWR : constants.O_WRONLY;
  }
  const extra =
    (wants(OPEN_MODE.CREAT) ? constants.O_CREAT : 0) |
    (wants(OPEN_MODE.TRUNC) ? constants.O_TRUNC : 0) |
    (wants(OPEN_MODE.EXCL) ? constants.O_EXCL : 0);
  return open(place, access | extra, mode);
}

/** True when writes go to the end of the file wherever the client wants them. */
export function isAppending(flags: number): boolean {
  return (flags & OPEN_MODE.APPEND) !== 0;
}
