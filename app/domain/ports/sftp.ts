/** What the path of the data needs of an SFTP server; types only. */

export type SftpSettings = {
  host: string;
  port: number;
  username: string;
  password?: string;
  /** OpenSSH or PEM text. */
  privateKey?: string;
  passphrase?: string;
  /** The pinned fingerprint, `SHA256:…` as OpenSSH prints it; null at first contact. */
  hostKey: string | null;
};

export type RemoteFile = {
  name: string;
  path: string;
  /** Bytes. */
  size: number;
  modifiedAtMs: number;
  isDirectory: boolean;
};

/**
 * One login. A connection that breaks is opened again by itself, once per operation; every operation may be repeated.
 * Errors of all: AppError `sftp_unreachable` (later), `sftp_permission_denied` (person), `sftp_failed` (later), and what
 * `SftpPort.open` throws.
 */
export type SftpSession = {
  /** Fingerprint of the server's key, to be pinned by the caller at first contact. */
  hostKey: string;
  /** Files and folders in a folder, links followed, without `.` and `..`. Errors: `sftp_folder_missing`. */
  list(directory: string): Promise<RemoteFile[]>;
  /** Null when nothing is there. */
  stat(path: string): Promise<RemoteFile | null>;
  exists(path: string): Promise<boolean>;
  /**
   * Copies a file to this disk: complete and safe on the disk, or not there at all.
   * Errors: `sftp_file_missing`, `sftp_file_changed` when its size is not `expectedSize` or changes meanwhile, `disk_full`.
   */
  download(
    path: string,
    destinationPath: string,
    options?: {
      /** Bytes. */
      expectedSize?: number;
      /** Told now and then how many bytes have arrived; goes back to 0 when a broken connection starts over. */
      onBytes?(bytes: number): void;
    },
  ): Promise<{ bytes: number; sha256: string }>;
  /**
   * Gives a file's bytes as they come, nothing of it on this disk. A connection that breaks ends it with an error.
   * Errors: `sftp_file_missing`, `sftp_file_changed` when its size is not `expectedSize` or changes meanwhile.
   */
  read(path: string, options?: { expectedSize?: number }): AsyncIterable<Uint8Array>;
  /** Writes a local file (by its path) or bytes; visible under its name only when complete. Replaces. */
  upload(source: string | Uint8Array, remotePath: string): Promise<void>;
  /** Creates the folder and its parents where they are missing. */
  ensureDirectory(path: string): Promise<void>;
  /**
   * Renames without ever overwriting: a taken name gets `-2`, `-3`… before its extension. Returns the final path.
   * Errors: `sftp_file_missing`, `sftp_folder_missing` when the target's folder is missing.
   */
  move(from: string, to: string): Promise<string>;
  /** Deletes a file; one that is gone already is no error. */
  remove(path: string): Promise<void>;
  close(): Promise<void>;
};

export type SftpPort = {
  /**
   * Logs in. Errors: AppError `sftp_unreachable` (later), `sftp_login_refused`, `sftp_host_key_changed`,
   * `sftp_private_key`, `sftp_handshake`, `sftp_no_subsystem`, `sftp_private_host` (person).
   */
  open(settings: SftpSettings): Promise<SftpSession>;
};
