import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'vitest';
import type { SftpSettings } from '#app/domain/ports/sftp.ts';
import { createKeyPair } from '#workers/local/sftp/host-key.ts';
import { startLocalSftp } from '#workers/local/sftp/server.ts';
import { temporaryFolder } from './csv-files.ts';
import { startSshd } from './sshd.ts';
import { testWith } from './system-programs.ts';

/** A running SFTP server with a folder in which tests put files. */
export type SftpPlace = {
  /** Log-in by key, host key pinned. */
  settings: SftpSettings;
  /** Null where the server knows no password. */
  password: string | null;
  /** The folder as the server calls it, without a slash at the end; the empty text is its root. */
  remote: string;
  /** The folder on this disk. */
  local: string;
  /** Writes a file below the folder, with the folders that it needs, all owned by the server's user. */
  put(name: string, content: string | Buffer): string;
  makeFolder(name: string): string;
};

type PlaceTest = (name: string, body: (place: SftpPlace) => Promise<void>) => void;

/** Every behaviour is asked of both: the server that merchants have and the one that the demo has. */
export const SFTP_SERVERS: { server: string; testOn: PlaceTest }[] = [
  {
    server: 'OpenSSH',
    testOn: (name, body) => testWith('sshd', `OpenSSH: ${name}`, () => onOpenSsh(body)),
  },
  {
    server: 'the local server',
    testOn: (name, body) => test(`the local server: ${name}`, () => onLocalServer(body)),
  },
];

async function onOpenSsh(body: (place: SftpPlace) => Promise<void>): Promise<void> {
  await using sshd = await startSshd();
  const { host, port, username, privateKey, hostKey, password, root, uid, gid } = sshd;
  const settings = { host, port, username, privateKey, hostKey };
  await body({ settings, password, remote: root, local: root, ...writersOf(root, { uid, gid }) });
}

async function onLocalServer(body: (place: SftpPlace) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const key = createKeyPair();
  const login = { username: 'apparel21', password: 'local-password' };
  await using server = await startLocalSftp({ root: folder.path, publicKey: key.public, ...login });
  const { host, port, hostKey } = server;
  await body({
    settings: { host, port, username: login.username, privateKey: key.private, hostKey },
    password: login.password,
    remote: '',
    local: folder.path,
    ...writersOf(folder.path, null),
  });
}

function writersOf(
  local: string,
  owner: { uid: number; gid: number } | null,
): Pick<SftpPlace, 'put' | 'makeFolder'> {
  function own(name: string): void {
    const parts = name.split('/');
    for (let depth = 1; owner !== null && depth <= parts.length; depth += 1) {
      chownSync(path.join(local, ...parts.slice(0, depth)), owner.uid, owner.gid);
    }
  }
  return {
    put(name, content) {
      const file = path.join(local, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
      own(name);
      return file;
    },
    makeFolder(name) {
      mkdirSync(path.join(local, name), { recursive: true });
      own(name);
      return path.join(local, name);
    },
  };
}
