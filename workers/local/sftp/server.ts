import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, realpath } from 'node:fs/promises';
import net from 'node:net';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { fingerprintOfHostKey, loadHostKey } from './host-key.ts';
import { serveFiles, type FileEvent } from './protocol.ts';

export type LocalSftpEvent = FileEvent | { type: 'login' | 'login refused'; username: string };

export type LocalSftpOptions = {
  /** The folder that is served as `/`; created when missing. Nothing outside it can be reached. */
  root: string;
  host?: string;
  /** 0 = any free one. */
  port?: number;
  username: string;
  password: string;
  /** A key (OpenSSH text) that may log in as well. */
  publicKey?: string;
  /** Where the host key is kept; without it every start has a new one. */
  hostKeyPath?: string;
  onEvent?(event: LocalSftpEvent): void;
};

export type LocalSftp = {
  host: string;
  port: number;
  /** Fingerprint, `SHA256:…`. */
  hostKey: string;
  /** Cuts all clients off. */
  close(): Promise<void>;
} & AsyncDisposable;

/**
 * An SFTP server for a laptop and for tests: one user, one folder, any number of clients. It keeps nothing in memory that
 * a kill could lose. Errors: EADDRINUSE and the like of the port.
 */
export async function startLocalSftp(options: LocalSftpOptions): Promise<LocalSftp> {
  const { username, onEvent = () => undefined, host = '127.0.0.1' } = options;
  await mkdir(options.root, { recursive: true });
  const root = await realpath(options.root);
  const privateKey = await loadHostKey(options.hostKeyPath);
  const mayLogIn = createGuard(options);
  const ssh = new ssh2.Server({ hostKeys: [privateKey] }, serveClient);

  function serveClient(client: Connection): void {
    client.on('authentication', (login) => {
      if (mayLogIn(login)) {
        login.accept();
        return;
      }
      if (login.method !== 'none') {
        onEvent({ type: 'login refused', username: login.username });
      }
      login.reject(options.publicKey === undefined ? ['password'] : ['password', 'publickey']);
    });
    client.on('ready', () => onEvent({ type: 'login', username }));
    client.on('session', (accept) => {
      const session = accept();
      session.on('sftp', (acceptSftp) => {
        const sftp = acceptSftp();
        const closeFiles = serveFiles(sftp, root, onEvent);
        // OpenSSH's client says that it is done and waits for the channel to be closed; ssh2 leaves that to us.
        session.on('eof', () => sftp.end());
        client.on('close', () => void closeFiles().catch(() => undefined));
      });
    });
    // Clients that vanish are everyday life; whatever matters is on the disk.
    client.on('error', () => undefined);
  }

  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    ssh.injectSocket(socket);
  });
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const address = server.address();

  async function close(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
    await closed;
  }

  return {
    host,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    hostKey: fingerprintOfHostKey(privateKey),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createGuard(options: LocalSftpOptions): (login: AuthContext) => boolean {
  const key = options.publicKey === undefined ? null : ssh2.utils.parseKey(options.publicKey);
  if (key instanceof Error) {
    throw key;
  }
  return (login) => {
    if (!isSame(login.username, options.username)) {
      return false;
    }
    if (login.method === 'password') {
      return isSame(login.password, options.password);
    }
    if (login.method !== 'publickey' || key === null || !isSame(login.key.data, key.getPublicSSH())) {
      return false;
    }
    // Without a signature the client only asks whether this key would do.
    return (
      login.signature === undefined ||
      (login.blob !== undefined && key.verify(login.blob, login.signature, login.hashAlgo) === true)
    );
  };
}

function isSame(given: string | Buffer, expected: string | Buffer): boolean {
  const digest = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
