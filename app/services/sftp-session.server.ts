import type { Context } from '../context.ts';
import { AppError, isAppError } from '../domain/errors.ts';
import { laneDirectories } from '../domain/lanes.ts';
import type { SftpSession, SftpSettings } from '../domain/ports/sftp.ts';

/** A person waits in front of a page: longer than this is "does not answer", ms. */
const PATIENCE_MS = 9_000;

/**
 * Logs in, works and logs out, for somebody who waits. Pins nothing. Errors: those of `SftpPort.open` and of the work;
 * `sftp_unreachable` also when it takes too long.
 */
export async function withSftp<Result>(
  ctx: Context,
  settings: SftpSettings,
  work: (session: SftpSession) => Promise<Result>,
): Promise<Result> {
  const patience = new AbortController();
  async function tooLate(): Promise<never> {
    await ctx.clock.sleep(PATIENCE_MS, patience.signal);
    throw new AppError({
      code: 'sftp_unreachable',
      retry: 'later',
      message: `${settings.host}:${settings.port}: no answer within ${PATIENCE_MS} ms`,
      hint: `The SFTP server ${settings.host}:${settings.port} does not answer. Check address, port and firewall.`,
    });
  }
  async function logInAndWork(): Promise<Result> {
    const session = await ctx.sftp.open(settings);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }
  try {
    return await Promise.race([logInAndWork(), tooLate()]);
  } finally {
    patience.abort();
  }
}

export type FolderState = 'found' | 'missing' | 'denied';

export type Folder = {
  path: string;
  lane: 'pending' | 'test' | 'bulk' | 'processed';
  state: FolderState;
  /** What lies in it, or what to do. */
  note: string;
};

/** What to do about a folder that is not there; only the first keeps files from being read. */
const WHEN_MISSING: Record<Folder['lane'], (path: string) => string> = {
  pending: (path) => `Create ${path} on the server: until then nothing is read.`,
  test: (path) => `Only needed for trying files out. Create ${path} when you want to.`,
  bulk: (path) => `Only needed for loading history. Create ${path} when you want to.`,
  processed: () => 'Threadline creates it with the first file.',
};

/** The folders of a connection's directory as the server shows them. */
export async function lookAtFolders(session: SftpSession, directory: string): Promise<Folder[]> {
  const { pending, test, bulk, processed } = laneDirectories(directory);
  const lanes = Object.entries({ pending, test, bulk, processed }) as [Folder['lane'], string][];
  return Promise.all(
    lanes.map(async ([lane, path]): Promise<Folder> => {
      try {
        const files = (await session.list(path)).filter((file) => !file.isDirectory);
        const note = files.length === 1 ? '1 file' : `${files.length} files`;
        return { lane, path, state: 'found', note };
      } catch (error) {
        if (isAppError(error, 'sftp_folder_missing')) {
          return { lane, path, state: 'missing', note: WHEN_MISSING[lane](path) };
        }
        if (isAppError(error, 'sftp_permission_denied')) {
          return { lane, path, state: 'denied', note: error.hint };
        }
        throw error;
      }
    }),
  );
}
