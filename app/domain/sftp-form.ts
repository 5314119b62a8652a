/** The SFTP account as it is typed. Types only, so that a page carries no schema along. */
export type SftpForm = {
  host: string;
  port: string;
  username: string;
  login: 'password' | 'key';
  /** Null = what is stored stays. The same for the next two; a blank passphrase = the key has none. */
  password: string | null;
  privateKey: string | null;
  passphrase: string | null;
  /** The fingerprint that a person has confirmed; blank = none yet. */
  hostKey: string;
  /** A person wants to save although the server does not answer. */
  acceptsUntested: boolean;
};
