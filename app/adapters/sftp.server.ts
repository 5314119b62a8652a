import type { SftpSession, SftpSettings } from '#app/domain/ports/sftp.ts';
import { resolveHost, type AddressGuard } from './sftp-address.server.ts';
import { downloadOver, readOver } from './sftp-download.server.ts';
import { LinkBroken, operationError } from './sftp-errors.server.ts';
import {
  ensureDirectoryOver,
  listOver,
  moveOver,
  removeOver,
  statOver,
  uploadOver,
  type MoveMemory,
} from './sftp-files.server.ts';
import { openLink, SFTP_TIMES, type SftpLink, type SftpTimes } from './sftp-link.server.ts';

/**
 * Logs in to an SFTP server by ssh2-sftp-client. A connection that breaks during an operation is opened again and the operation repeated
 * once: all of them look at the state first or have the same effect twice. `guard` says which addresses may be connected to
 * (without it: all) and holds for every connection anew. Errors: see `SftpPort` and `SftpSession`.
 */
export async function openSftp(
  settings: SftpSettings,
  times: Partial<SftpTimes> = {},
  guard: Partial<AddressGuard> = {},
): Promise<SftpSession> {
  const allTimes = { ...SFTP_TIMES, ...times };
  const wholeGuard: AddressGuard = { privateHosts: 'allow', resolve: resolveHost, ...guard };
  let link = await openLink(settings, allTimes, wholeGuard);
  // A server that changes between two connections of one session is as suspicious as one that changes between sessions.
  const pinned: SftpSettings = { ...settings, hostKey: link.hostKey };
  let reopening: Promise<SftpLink> | null = null;
  let isClosed = false;

  async function currentLink(): Promise<SftpLink> {
    if (isClosed) {
      throw new Error('the SFTP session is closed');
    }
    if (!link.isBroken()) {
      return link;
    }
    reopening ??= openLink(pinned, allTimes, wholeGuard)
      .then((opened) => {
        link = opened;
        return opened;
      })
      .finally(() => {
        reopening = null;
      });
    return reopening;
  }

  async function run<Result>(
    action: string,
    path: string,
    work: (over: SftpLink) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work(await currentLink());
    } catch (error) {
      if (!(error instanceof LinkBroken) || isClosed) {
        throw operationError(settings, action, path, error);
      }
    }
    try {
      return await work(await currentLink());
    } catch (error) {
      throw operationError(settings, action, path, error);
    }
  }

  return {
    hostKey: link.hostKey,
    list: (directory) => run('list', directory, (over) => listOver(over, directory)),
    stat: (path) => run('stat', path, (over) => statOver(over, path)),
    exists: (path) => run('stat', path, async (over) => (await statOver(over, path)) !== null),
    download: (path, destinationPath, options = {}) =>
      run('download', path, (over) => downloadOver(over, path, destinationPath, options)),
    async *read(path, options = {}) {
      try {
        yield* readOver(await currentLink(), path, options);
      } catch (error) {
        throw operationError(settings, 'read', path, error);
      }
    },
    upload: (source, remotePath) => run('upload', remotePath, (over) => uploadOver(over, source, remotePath)),
    ensureDirectory: (path) => run('ensureDirectory', path, (over) => ensureDirectoryOver(over, path)),
    move: (from, to) => {
      let memory: MoveMemory = null;
      return run('move', from, (over) =>
        moveOver(over, { from, to }, memory, (attempt) => {
          memory = attempt;
        }),
      );
    },
    remove: (path) => run('remove', path, (over) => removeOver(over, path)),
    async close() {
      isClosed = true;
      await reopening?.catch(() => undefined);
      await link.close();
    },
  };
}
