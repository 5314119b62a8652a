import { createHash } from 'node:crypto';
import net from 'node:net';
import type {
  AuthHandlerMiddleware,
  AuthenticationType,
  Client as SshClient,
  ConnectConfig,
  SFTPWrapper,
} from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { AppError } from '#app/domain/errors.ts';
import type { SftpSettings } from '#app/domain/ports/sftp.ts';
import { allowedAddresses, type AddressGuard, type HostAddress } from './sftp-address.server.ts';
import { connectError, LinkBroken } from './sftp-errors.server.ts';

export type SftpTimes = {
  /** From the first packet to an open SFTP channel. */
  connectTimeoutMs: number;
  /** For one answer of the server. */
  operationTimeoutMs: number;
  connectTries: number;
  /** Wait before the second try; doubles from then on, each with ±50 % jitter. */
  backoffMs: number;
};

export const SFTP_TIMES: SftpTimes = {
  connectTimeoutMs: 15_000,
  operationTimeoutMs: 60_000,
  connectTries: 3,
  backoffMs: 500,
};

/** One connection with its SFTP channel. It breaks once and for ever; `openLink` makes a new one. */
export type SftpLink = {
  hostKey: string;
  sftp: SFTPWrapper;
  isBroken(): boolean;
  /**
   * One request of ssh2's SFTP client as a promise. Rejects with `LinkBroken` when the connection breaks or no answer
   * comes in time (then the connection is given up), with ssh2's error when the server refuses.
   */
  call<Result>(
    request: (done: (error: Error | null | undefined, result: Result) => void) => void,
  ): Promise<Result>;
  close(): Promise<void>;
};

/** The host key algorithms that ssh2 may be held to, one family at a time. */
const HOST_KEY_FAMILIES: NonNullable<NonNullable<ConnectConfig['algorithms']>['serverHostKey']>[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
];

/** Logs in, several times with a growing pause when the server cannot be reached. Errors: see `SftpPort.open`. */
export async function openLink(
  settings: SftpSettings,
  times: SftpTimes,
  guard: AddressGuard,
): Promise<SftpLink> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await openWithAnyKey(settings, times, guard);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'sftp_unreachable' || tried >= times.connectTries) {
        throw error;
      }
    }
    const pause = times.backoffMs * 2 ** (tried - 1) * (0.5 + Math.random());
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/**
 * A server has several host keys and shows one of them by negotiation; the pinned one may be another of them. So before
 * a key counts as changed, the server is asked for its keys of each family: whoever proves the pinned key is the server.
 */
async function openWithAnyKey(
  settings: SftpSettings,
  times: SftpTimes,
  guard: AddressGuard,
): Promise<SftpLink> {
  let changed: unknown;
  for (const serverHostKey of [undefined, ...HOST_KEY_FAMILIES]) {
    try {
      return await connect(settings, times, guard, serverHostKey);
    } catch (error) {
      const code = error instanceof AppError ? error.code : null;
      if (code !== 'sftp_host_key_changed' && (changed === undefined || code !== 'sftp_handshake')) {
        throw error;
      }
      changed ??= error;
    }
  }
  throw changed;
}

async function connect(
  settings: SftpSettings,
  times: SftpTimes,
  guard: AddressGuard,
  serverHostKey: (typeof HOST_KEY_FAMILIES)[number] | undefined,
): Promise<SftpLink> {
  // The library prints to the console unless it is given something else to do.
  const client = new SftpClient('threadline', { error: noop, end: noop, close: noop });
  const ssh = (client as unknown as { client: SshClient }).client;
  const pinned = settings.hostKey === null ? null : plainFingerprint(settings.hostKey);
  let hostKey = '';
  let refusedHostKey: string | null = null;
  let isLoggedIn = false;
  let firstError: Error | undefined;
  ssh.on('error', (error) => {
    firstError ??= error;
  });
  ssh.on('ready', () => {
    isLoggedIn = true;
  });
  ssh.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
    finish(prompts.map(() => settings.password ?? ''));
  });
  let socket: net.Socket | undefined;
  try {
    const addresses = await inTime(allowedAddresses(settings.host, guard), times.connectTimeoutMs);
    socket = openSocket(settings, addresses);
    const sftp = await inTime(
      client.connect({
        sock: socket,
        username: settings.username,
        password: settings.password,
        privateKey: settings.privateKey,
        passphrase: settings.passphrase,
        tryKeyboard: settings.password !== undefined,
        authHandler: chooseLogin(settings),
        readyTimeout: times.connectTimeoutMs,
        keepaliveInterval: 10_000,
        keepaliveCountMax: 3,
        algorithms: serverHostKey === undefined ? undefined : { serverHostKey },
        hostVerifier: (key: Buffer) => {
          hostKey = fingerprintOf(key);
          refusedHostKey = pinned !== null && hostKey !== pinned ? hostKey : null;
          return refusedHostKey === null;
        },
      }),
      times.connectTimeoutMs,
    );
    // ssh2 leaves Nagle's algorithm on: 22 MB/s instead of 174 MB/s.
    ssh.setNoDelay(true);
    return linkOf(client, ssh, sftp, hostKey, times);
  } catch (error) {
    ssh.destroy();
    // What the library refuses at once (a key that cannot be read) never took the socket over.
    socket?.destroy();
    if (error instanceof AppError) {
      throw error;
    }
    throw connectError(settings, { error: firstError ?? error, refusedHostKey, isLoggedIn });
  }
}

/** Connects to the addresses that were looked at, in their order, and asks no resolver again. */
function openSocket(settings: SftpSettings, addresses: HostAddress[]): net.Socket {
  const [first] = addresses;
  const socket = net.connect({
    host: settings.host,
    port: settings.port,
    lookup: (_host, options, done) =>
      options.all ? done(null, addresses) : done(null, first?.address ?? '', first?.family),
  });
  // ssh2 waits for room on it with any number of listeners.
  socket.setMaxListeners(0);
  socket.on('error', noop);
  return socket;
}

function noop(): void {
  // See `connect`: listeners of our own notice what happens.
}

async function inTime<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new LinkBroken(`no connection within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Key first, then password; the same password interactively only where the server has no plain password login. */
function chooseLogin(settings: SftpSettings): AuthHandlerMiddleware {
  const tried = new Set<AuthenticationType>();
  return (methodsLeft) => {
    const offered = methodsLeft as AuthenticationType[] | null;
    const wanted: AuthenticationType[] = offered === null ? ['none'] : [];
    if (settings.privateKey !== undefined) {
      wanted.push('publickey');
    }
    if (settings.password !== undefined) {
      wanted.push(offered?.includes('password') === false ? 'keyboard-interactive' : 'password');
    }
    const next = wanted.find(
      (method) => !tried.has(method) && (offered === null || offered.includes(method)),
    );
    if (next === undefined || (next === 'keyboard-interactive' && tried.has('password'))) {
      // ssh2 takes `false` for "no more"; its types do not know.
      return false as unknown as AuthenticationType;
    }
    tried.add(next);
    return next;
  };
}

function linkOf(
  client: SftpClient,
  ssh: SshClient,
  sftp: SFTPWrapper,
  hostKey: string,
  times: SftpTimes,
): SftpLink {
  const waiting = new Set<(error: LinkBroken) => void>();
  let brokenBy: LinkBroken | null = null;

  function giveUp(reason: string, cause?: unknown): void {
    if (brokenBy !== null) {
      return;
    }
    const broken = new LinkBroken(reason, cause);
    brokenBy = broken;
    ssh.destroy();
    for (const fail of [...waiting]) {
      fail(broken);
    }
  }

  ssh.on('error', (error) => giveUp(error.message, error));
  ssh.on('end', () => giveUp('the server ended the connection'));
  ssh.on('close', () => giveUp('the connection was closed'));
  // ssh2 drops requests on a closed channel without a word.
  sftp.on('close', () => giveUp('the server closed the SFTP channel'));

  function call<Result>(
    request: (done: (error: Error | null | undefined, result: Result) => void) => void,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (brokenBy !== null) {
        reject(brokenBy);
        return;
      }
      const timer = setTimeout(
        () => giveUp(`no answer within ${times.operationTimeoutMs} ms`),
        times.operationTimeoutMs,
      );
      function settle(): void {
        clearTimeout(timer);
        waiting.delete(fail);
      }
      function fail(error: LinkBroken): void {
        settle();
        reject(error);
      }
      waiting.add(fail);
      try {
        request((error, result) => {
          settle();
          if (error === null || error === undefined) {
            resolve(result);
          } else {
            reject(
              error.message === 'No response from server' ? new LinkBroken(error.message, error) : error,
            );
          }
        });
      } catch (error) {
        settle();
        reject(error);
      }
    });
  }

  async function close(): Promise<void> {
    if (brokenBy === null) {
      // A server that does not say goodbye is not waited for.
      const patience = new Promise((resolve) => setTimeout(resolve, 1_000).unref());
      await Promise.race([client.end(), patience]).catch(noop);
    }
    giveUp('the session was closed');
  }

  return { hostKey, sftp, isBroken: () => brokenBy !== null, call, close };
}

/** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
function fingerprintOf(key: Buffer): string {
  return plainFingerprint(`SHA256:${createHash('sha256').update(key).digest('base64')}`);
}

function plainFingerprint(fingerprint: string): string {
  return fingerprint.trim().replace(/=+$/, '');
}
