import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { createKeyPair, fingerprintOfHostKey } from '#workers/local/sftp/host-key.ts';
import { systemProgram } from './system-programs.ts';

const run = promisify(execFile);

export type TestSshd = {
  host: string;
  port: number;
  username: string;
  privateKey: string;
  /** Null when the tests do not run as root: only root can create a user whose password is known. */
  password: string | null;
  /** Fingerprint of the key that clients see first (ed25519). */
  hostKey: string;
  /** Fingerprint of the server's other key (ecdsa). */
  otherHostKey: string;
  /** A folder of the user's; its path is the same for the server. */
  root: string;
  /** Who owns what the user may change. */
  uid: number;
  gid: number;
  close(): Promise<void>;
} & AsyncDisposable;

/**
 * Starts OpenSSH's own server on a free loopback port with nothing but SFTP. As root it serves a throw-away user, who is
 * gone with `close` (or with the next start, should this process be killed); otherwise the user who runs the tests, by
 * key only. Tests that use it are declared by `testWith('sshd', …)`.
 */
export async function startSshd(): Promise<TestSshd> {
  const program = systemProgram('sshd');
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'threadline-sshd-')));
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? await createUser(folder) : currentUser();
  try {
    const root = path.join(folder, 'files');
    await mkdir(root);
    await chmod(folder, 0o755);
    await chown(root, user.uid, user.gid);
    const keys = await writeKeys(folder);
    const { port, child } = await startOnFreePort(program, folder, user);
    const close = async (): Promise<void> => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) {
        await once(child, 'exit');
      }
      await user.remove();
      await rm(folder, { recursive: true, force: true });
    };
    const { username, password, uid, gid } = user;
    const address = { host: '127.0.0.1', port, username, password };
    return { ...address, ...keys, root, uid, gid, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await user.remove();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

type SshdUser = {
  username: string;
  password: string | null;
  uid: number;
  gid: number;
  remove(): Promise<void>;
};

function currentUser(): SshdUser {
  const { username, uid, gid } = os.userInfo();
  return { username, password: null, uid, gid, remove: () => Promise.resolve() };
}

let usersCreated = 0;

/** The name holds the number of the process that wants the user, so that users of killed ones can be told. */
async function createUser(folder: string): Promise<SshdUser> {
  await removeForgottenUsers();
  usersCreated += 1;
  const username = `tlsftp${process.pid}x${usersCreated}`;
  const password = randomUUID();
  await patiently(() =>
    run('useradd', ['--no-create-home', '--home-dir', folder, '--shell', '/bin/sh', username]),
  );
  await patiently(async () => {
    const changing = run('chpasswd');
    changing.child.stdin?.end(`${username}:${password}\n`);
    await changing;
  });
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith(`${username}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return {
    username,
    password,
    uid: Number(uid),
    gid: Number(gid),
    remove: () => patiently(() => run('userdel', ['--force', username])),
  };
}

async function removeForgottenUsers(): Promise<void> {
  const names = (await readFile('/etc/passwd', 'utf8')).matchAll(/^(tlsftp(\d+)x\d+):/gm);
  for (const [, name, pid] of names) {
    if (name !== undefined && !isAlive(Number(pid))) {
      // Another test process may be removing the same one.
      await run('userdel', ['--force', name]).catch(() => undefined);
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** `useradd` and its like refuse to wait for one another. */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (tried === 20 || !String(error).includes('lock')) {
        throw error;
      }
      await pause(100);
    }
  }
}

async function writeKeys(folder: string): Promise<Pick<TestSshd, 'privateKey' | 'hostKey' | 'otherHostKey'>> {
  const first = createKeyPair();
  const other = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const login = createKeyPair();
  await writeFile(path.join(folder, 'host-ed25519'), first.private, { mode: 0o600 });
  await writeFile(path.join(folder, 'host-ecdsa'), other.private, { mode: 0o600 });
  await writeFile(path.join(folder, 'authorized_keys'), `${login.public}\n`, { mode: 0o644 });
  return {
    privateKey: login.private,
    hostKey: fingerprintOfHostKey(first.private),
    otherHostKey: fingerprintOfHostKey(other.private),
  };
}

async function startOnFreePort(
  program: string,
  folder: string,
  user: SshdUser,
): Promise<{ port: number; child: ChildProcess }> {
  if (process.getuid?.() === 0) {
    // Where sshd, when it runs as root, locks its unprivileged half in.
    await mkdir('/run/sshd', { recursive: true });
  }
  let said = '';
  for (let tried = 0; tried < 5; tried += 1) {
    const port = await freePort();
    const configuration = path.join(folder, 'sshd_config');
    await writeFile(configuration, sshdConfiguration(folder, port, user, await versionOf(program)));
    // Should this process be killed, the server goes by itself after a quarter of an hour.
    const child = spawn('timeout', ['900', program, '-D', '-e', '-f', configuration], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    said = '';
    for await (const line of createInterface({ input: child.stderr })) {
      said += `${line}\n`;
      if (line.includes('Server listening')) {
        child.stderr.resume();
        return { port, child };
      }
    }
    if (!said.includes('Address already in use')) {
      break;
    }
  }
  throw new Error(`sshd did not start:\n${said}`);
}

function sshdConfiguration(folder: string, port: number, user: SshdUser, version: number): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host-ed25519`,
    `HostKey ${folder}/host-ecdsa`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    `AllowUsers ${user.username}`,
    `PasswordAuthentication ${user.password === null ? 'no' : 'yes'}`,
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'PidFile none',
    'MaxStartups 100',
    // Newer servers punish an address for wrong passwords, which these tests send on purpose.
    ...(version >= 9.8 ? ['PerSourcePenalties no'] : []),
    'Subsystem sftp internal-sftp',
    'ForceCommand internal-sftp',
    '',
  ].join('\n');
}

/** 9.2, 10.0…; 0 when it does not say. */
async function versionOf(program: string): Promise<number> {
  // Older ones do not know -V and exit with an error, but name themselves all the same.
  const said = await run(program, ['-V']).then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: unknown) => String(error),
  );
  return Number(/OpenSSH_(\d+\.\d+)/.exec(said)?.[1] ?? 0);
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
