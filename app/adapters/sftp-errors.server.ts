import { AppError } from '#app/domain/errors.ts';
import type { SftpSettings } from '#app/domain/ports/sftp.ts';

/** The connection broke or did not answer in time: the operation may be repeated on a new one. */
export class LinkBroken extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'LinkBroken';
  }
}

/** Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7). */
export const SFTP_STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/** The SFTP status of an answer, or null for any other error. */
export function sftpStatus(error: unknown): number | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : null;
}

/** What is known about a login that failed. */
export type ConnectFacts = {
  error: unknown;
  /** Fingerprint that the server showed, when it is not the pinned one. */
  refusedHostKey: string | null;
  isLoggedIn: boolean;
};

/** Why a server could not be opened. ssh2's own messages hold no secrets; ours add host, port and user name only. */
export function connectError(settings: SftpSettings, facts: ConnectFacts): AppError {
  const server = `${settings.host}:${settings.port}`;
  const { error, refusedHostKey } = facts;
  const reason = error instanceof Error ? error.message : String(error);
  const level = error instanceof Error && 'level' in error ? error.level : undefined;
  if (refusedHostKey !== null) {
    return new AppError({
      code: 'sftp_host_key_changed',
      retry: 'person',
      message: `${server}: host key is ${refusedHostKey}, pinned is ${settings.hostKey ?? 'none'}`,
      hint: `The SFTP server ${server} shows another key than before (now ${refusedHostKey}, expected ${settings.hostKey ?? 'none'}). Nothing was sent to it. If its owner confirms the new key, save that fingerprint in the SFTP settings.`,
      cause: error,
    });
  }
  if (/privateKey|passphrase|private key/i.test(reason)) {
    return new AppError({
      code: 'sftp_private_key',
      retry: 'person',
      message: `${server}: ${reason}`,
      hint: 'The private key for the SFTP server cannot be read. Paste the whole key (OpenSSH or PEM) and its passphrase, if it has one.',
      cause: error,
    });
  }
  if (level === 'client-authentication' || /authentication methods failed/i.test(reason)) {
    return new AppError({
      code: 'sftp_login_refused',
      retry: 'person',
      message: `${server}: ${settings.username} may not log in: ${reason}`,
      hint: `The SFTP server ${server} refuses the user ${settings.username}. Check user name and password or key in the SFTP settings.`,
      cause: error,
    });
  }
  if (facts.isLoggedIn && !(error instanceof LinkBroken) && /subsystem|channel open|exit/i.test(reason)) {
    return new AppError({
      code: 'sftp_no_subsystem',
      retry: 'person',
      message: `${server}: no SFTP for ${settings.username}: ${reason}`,
      hint: `The server ${server} accepts the login but offers no SFTP to ${settings.username}. Ask its owner to allow SFTP.`,
      cause: error,
    });
  }
  if (level === 'handshake' && /no matching/i.test(reason)) {
    return new AppError({
      code: 'sftp_handshake',
      retry: 'person',
      message: `${server}: ${reason}`,
      hint: `The SFTP server ${server} offers no encryption that is considered safe today. Ask its owner to update it.`,
      cause: error,
    });
  }
  return unreachable(settings, reason, error);
}

/** `sftp_unreachable`: nobody has to act unless it lasts. */
function unreachable(settings: SftpSettings, reason: string, cause: unknown): AppError {
  const server = `${settings.host}:${settings.port}`;
  return new AppError({
    code: 'sftp_unreachable',
    retry: 'later',
    message: `${server}: ${reason}`,
    hint: `The SFTP server ${server} does not answer. It is tried again by itself; if this lasts, check address, port and firewall.`,
    cause,
  });
}

/** What an operation's failure means for people. Errors that are none of the server's business come back as they are. */
export function operationError(
  settings: SftpSettings,
  action: string,
  path: string,
  error: unknown,
): unknown {
  if (error instanceof AppError || !(error instanceof Error)) {
    return error;
  }
  if (error instanceof LinkBroken) {
    return unreachable(settings, `${action} ${path}: ${error.message}`, error);
  }
  const status = sftpStatus(error);
  if (status === SFTP_STATUS.noSuchFile) {
    return action === 'list' || action === 'upload' ? folderMissing(path, error) : fileMissing(path, error);
  }
  if (status === SFTP_STATUS.permissionDenied) {
    return new AppError({
      code: 'sftp_permission_denied',
      retry: 'person',
      message: `${action} ${path}: permission denied`,
      hint: `The SFTP server does not let ${settings.username} ${VERBS[action] ?? action} ${path}. Ask its owner for the permission.`,
      where: { file: path },
      cause: error,
    });
  }
  if (status === null && 'syscall' in error) {
    return error;
  }
  return new AppError({
    code: 'sftp_failed',
    retry: 'later',
    message: `${action} ${path}: ${error.message}`,
    hint: `The SFTP server could not ${VERBS[action] ?? action} ${path}. It is tried again by itself; if this lasts, ask the server's owner.`,
    where: { file: path },
    cause: error,
  });
}

const VERBS: Record<string, string> = {
  list: 'list the folder',
  stat: 'look at',
  download: 'read',
  upload: 'write',
  ensureDirectory: 'create the folder',
  move: 'move',
  remove: 'delete',
};

/** `sftp_folder_missing`, for the folder itself or for what should be in it. */
export function folderMissing(path: string, cause?: unknown): AppError {
  return new AppError({
    code: 'sftp_folder_missing',
    retry: 'person',
    message: `${path}: no such folder`,
    hint: `The SFTP server has no folder ${path}. Create it there, or correct the directory in the connection's settings.`,
    where: { file: path },
    cause,
  });
}

/** `sftp_file_missing`: it was there a moment ago. */
export function fileMissing(path: string, cause?: unknown): AppError {
  return new AppError({
    code: 'sftp_file_missing',
    retry: 'later',
    message: `${path}: no such file`,
    hint: `${path} is no longer on the SFTP server. If somebody took it away, put it back; it is picked up then.`,
    where: { file: path },
    cause,
  });
}

/** `sftp_file_changed`: somebody is still writing it. */
export function fileChanged(path: string, reason: string): AppError {
  return new AppError({
    code: 'sftp_file_changed',
    retry: 'later',
    message: `${path}: ${reason}`,
    hint: `${path} changed while it was read: it is still being written. It is read again when it rests.`,
    where: { file: path },
  });
}
