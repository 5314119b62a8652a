import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import ssh2, { type Client, type SFTPWrapper, type Stats } from 'ssh2';
import { expect, test } from 'vitest';
import { temporaryFolder } from '#test/builders/csv-files.ts';
import { testWith } from '#test/builders/system-programs.ts';
import { createKeyPair } from '#workers/local/sftp/host-key.ts';
import { startLocalSftp, type LocalSftp, type LocalSftpEvent } from '#workers/local/sftp/server.ts';

const LOGIN = { username: 'apparel21', password: 'local-password' };
const run = promisify(execFile);

/** A plain ssh2 client: requests go out exactly as written here. */
type RawClient = {
  client: Client;
  sftp: SFTPWrapper;
  /** One request as a promise. */
  ask<Result = void>(
    request: (done: (error: Error | null | undefined, result?: Result) => void) => void,
  ): Promise<Result>;
} & AsyncDisposable;

async function connect(server: LocalSftp): Promise<RawClient> {
  const client = new ssh2.Client();
  client.connect({ host: server.host, port: server.port, ...LOGIN });
  await once(client, 'ready');
  function ask<Result>(
    request: (done: (error: Error | null | undefined, result?: Result) => void) => void,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      request((error, result) => (error ? reject(error) : resolve(result as Result)));
    });
  }
  const sftp = await ask<SFTPWrapper>((done) => client.sftp(done));
  return {
    client,
    sftp,
    ask,
    async [Symbol.asyncDispose]() {
      client.end();
      await once(client, 'close');
    },
  };
}

/** The SFTP status of a refused request. */
async function statusOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => ({ code: 'accepted' }),
    (reason: unknown) => reason,
  );
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
}

test('the host key outlives the server, and two that start at once agree on it', async () => {
  await using folder = await temporaryFolder();
  const options = {
    root: path.join(folder.path, 'files'),
    ...LOGIN,
    hostKeyPath: path.join(folder.path, 'keys/host'),
  };

  const started = await Promise.all([
    startLocalSftp(options),
    startLocalSftp(options),
    startLocalSftp(options),
  ]);
  await Promise.all(started.map((server) => server.close()));
  await using again = await startLocalSftp(options);

  expect(new Set(started.map((server) => server.hostKey))).toEqual(new Set([again.hostKey]));
  expect(again.hostKey).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  expect(statSync(options.hostKeyPath).mode & 0o777).toBe(0o600);
});

test('every key pair can be read again', () => {
  for (let round = 0; round < 600; round += 1) {
    const pair = createKeyPair();

    expect(ssh2.utils.parseKey(pair.public)).not.toBeInstanceOf(Error);
    expect(ssh2.utils.parseKey(pair.private)).not.toBeInstanceOf(Error);
  }
});

test('nobody gets out of the served folder', async () => {
  await using folder = await temporaryFolder();
  const root = path.join(folder.path, 'root');
  mkdirSync(root);
  mkdirSync(path.join(folder.path, 'root-beside'));
  writeFileSync(path.join(folder.path, 'secret'), 'secret');
  writeFileSync(path.join(folder.path, 'root-beside/secret'), 'secret');
  symlinkSync('../secret', path.join(root, 'file-link'));
  symlinkSync('..', path.join(root, 'folder-link'));
  symlinkSync('../root-beside', path.join(root, 'beside-link'));
  symlinkSync('../created', path.join(root, 'dangling'));
  await using server = await startLocalSftp({ root, ...LOGIN });
  await using raw = await connect(server);
  const { ask, sftp } = raw;
  const denied = 3;
  const missing = 2;

  expect(await statusOf(ask((done) => sftp.open('/../secret', 'r', done)))).toBe(missing);
  expect(await statusOf(ask((done) => sftp.open('../../../../etc/passwd', 'r', done)))).toBe(missing);
  expect(await statusOf(ask((done) => sftp.open('/file-link', 'r', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.open('/folder-link/secret', 'r', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.open('/folder-link/new', 'w', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.stat('/beside-link/secret', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.readdir('/folder-link', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.open('/dangling', 'w', done)))).toBe(missing);
  expect(await statusOf(ask((done) => sftp.mkdir('/folder-link/new', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.rename('/folder-link/secret', '/mine', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.unlink('/folder-link/secret', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.rmdir('/', done)))).toBe(denied);
  expect(await statusOf(ask((done) => sftp.symlink('/etc', '/etc-link', done)))).toBe(8);

  await ask((done) => sftp.unlink('/file-link', done));
  expect(existsSync(path.join(folder.path, 'secret'))).toBe(true);
  expect(existsSync(path.join(folder.path, 'created'))).toBe(false);
  expect(existsSync(path.join(folder.path, 'new'))).toBe(false);
});

test('paths are shown absolute and plain', async () => {
  await using folder = await temporaryFolder();
  await using server = await startLocalSftp({ root: folder.path, ...LOGIN });
  await using raw = await connect(server);
  const realPath = (given: string): Promise<string> =>
    raw.ask<string>((done) => raw.sftp.realpath(given, done));

  expect(await realPath('.')).toBe('/');
  expect(await realPath('pending/../processed/./au/')).toBe('/processed/au');
  expect(await realPath('/../../x')).toBe('/x');
});

test('files can be written, appended to, changed and described', async () => {
  await using folder = await temporaryFolder();
  await using server = await startLocalSftp({ root: folder.path, ...LOGIN });
  await using raw = await connect(server);
  const { ask, sftp } = raw;
  const local = path.join(folder.path, 'a.csv');

  await ask((done) => sftp.writeFile('/a.csv', 'one\n', done));
  await ask((done) => sftp.appendFile('/a.csv', 'two\n', done));
  expect(readFileSync(local, 'utf8')).toBe('one\ntwo\n');
  await ask((done) => sftp.utimes('/a.csv', 1_600_000_000, 1_700_000_000, done));
  await ask((done) => sftp.chmod('/a.csv', 0o640, done));
  const stats = await ask<Stats>((done) => sftp.stat('/a.csv', done));
  expect(stats).toMatchObject({ size: 8, atime: 1_600_000_000, mtime: 1_700_000_000 });
  expect(stats.mode & 0o777).toBe(0o640);
  const handle = await ask<Buffer>((done) => sftp.open('/a.csv', 'r+', done));
  await ask((done) => sftp.fsetstat(handle, { size: 3 }, done));
  expect((await ask<Stats>((done) => sftp.fstat(handle, done))).size).toBe(3);
  await ask((done) => sftp.close(handle, done));
  expect(readFileSync(local, 'utf8')).toBe('one');
  expect(await statusOf(ask((done) => sftp.close(handle, done)))).toBe(4);
  expect(await statusOf(ask((done) => sftp.open('/a.csv', 'wx', done)))).toBe(4);
  expect(await statusOf(ask((done) => sftp.open('/', 'r', done)))).toBe(4);
});

test('a name that is taken is never replaced by a rename, by files and folders alike', async () => {
  await using folder = await temporaryFolder();
  await using server = await startLocalSftp({ root: folder.path, ...LOGIN });
  await using raw = await connect(server);
  const { ask, sftp } = raw;
  await ask((done) => sftp.writeFile('/a', 'a', done));
  await ask((done) => sftp.writeFile('/b', 'b', done));
  await ask((done) => sftp.mkdir('/folder', done));
  await ask((done) => sftp.mkdir('/empty', done));

  expect(await statusOf(ask((done) => sftp.rename('/a', '/b', done)))).toBe(4);
  expect(await statusOf(ask((done) => sftp.rename('/folder', '/empty', done)))).toBe(4);
  expect(await statusOf(ask((done) => sftp.rename('/gone', '/c', done)))).toBe(2);
  await ask((done) => sftp.rename('/folder', '/renamed', done));
  await ask((done) => sftp.rename('/a', '/renamed/a', done));

  expect(readFileSync(path.join(folder.path, 'b'), 'utf8')).toBe('b');
  expect(readFileSync(path.join(folder.path, 'renamed/a'), 'utf8')).toBe('a');
  expect(await statusOf(ask((done) => sftp.rmdir('/renamed', done)))).toBe(4);
  await ask((done) => sftp.rmdir('/empty', done));
});

test('several clients work at once, and what they do is told', async () => {
  await using folder = await temporaryFolder();
  const events: LocalSftpEvent[] = [];
  await using server = await startLocalSftp({
    root: folder.path,
    ...LOGIN,
    onEvent: (event) => void events.push(event),
  });
  const clients = await Promise.all(Array.from({ length: 6 }, () => connect(server)));
  try {
    await Promise.all(
      clients.map(({ ask, sftp }, number) =>
        ask((done) => sftp.writeFile(`/${number}.csv`, `${number}`.repeat(100_000), done)),
      ),
    );
    const read = await Promise.all(
      clients.map(({ ask, sftp }, number) =>
        ask<Buffer>((done) => sftp.readFile(`/${(number + 1) % clients.length}.csv`, done)),
      ),
    );
    expect(read.map((bytes) => bytes.toString('utf8', 0, 1))).toEqual(['1', '2', '3', '4', '5', '0']);
    expect(read.every((bytes) => bytes.length === 100_000)).toBe(true);
  } finally {
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  }
  const counts = (type: LocalSftpEvent['type']): number =>
    events.filter((event) => event.type === type).length;
  expect([counts('login'), counts('written'), counts('read')]).toEqual([6, 6, 6]);
});

test('only the user logs in, by password or by the given key', async () => {
  await using folder = await temporaryFolder();
  const mine = createKeyPair();
  const events: LocalSftpEvent[] = [];
  await using server = await startLocalSftp({
    root: folder.path,
    ...LOGIN,
    publicKey: mine.public,
    onEvent: (event) => void events.push(event),
  });
  async function logsIn(login: ssh2.ConnectConfig): Promise<boolean> {
    const client = new ssh2.Client();
    const outcome = new Promise<boolean>((resolve) => {
      client.on('ready', () => resolve(true)).on('error', () => resolve(false));
    });
    client.connect({ host: server.host, port: server.port, ...login });
    const isIn = await outcome;
    client.end();
    return isIn;
  }

  expect(await logsIn(LOGIN)).toBe(true);
  expect(await logsIn({ username: LOGIN.username, privateKey: mine.private })).toBe(true);
  expect(await logsIn({ username: LOGIN.username, privateKey: createKeyPair().private })).toBe(false);
  expect(await logsIn({ username: LOGIN.username, password: 'other' })).toBe(false);
  expect(await logsIn({ username: 'other', password: LOGIN.password })).toBe(false);
  expect(await logsIn({ username: LOGIN.username })).toBe(false);
  expect(events.filter(({ type }) => type === 'login refused').length).toBeGreaterThanOrEqual(3);
});

test('closing the server cuts its clients off', async () => {
  await using folder = await temporaryFolder();
  const server = await startLocalSftp({ root: folder.path, ...LOGIN });
  const raw = await connect(server);
  const isGone = once(raw.client, 'close');
  raw.client.on('error', () => undefined);

  await server.close();

  await isGone;
});

test.skipIf(!existsSync('/proc/self/fd'))('files that a vanished client left open are closed', async () => {
  await using folder = await temporaryFolder();
  writeFileSync(path.join(folder.path, 'open.csv'), 'a');
  await using server = await startLocalSftp({ root: folder.path, ...LOGIN });
  const raw = await connect(server);
  await raw.ask<Buffer>((done) => raw.sftp.open('/open.csv', 'r', done));
  const isOpen = (): boolean =>
    readdirSync('/proc/self/fd').some((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).endsWith('open.csv');
      } catch {
        return false;
      }
    });
  expect(isOpen()).toBe(true);

  raw.client.destroy();

  await expect.poll(isOpen).toBe(false);
});

test('a server that was killed starts again with the same key and the same files', async () => {
  await using folder = await temporaryFolder();
  const root = path.join(folder.path, 'files');
  const hostKeyPath = path.join(folder.path, 'host');
  const script = `
    import { startLocalSftp } from '#workers/local/sftp/server.ts';
    const server = await startLocalSftp(${JSON.stringify({ root, hostKeyPath, ...LOGIN })});
    console.log(JSON.stringify({ port: server.port, hostKey: server.hostKey }));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const killed = JSON.parse(line.toString()) as LocalSftp;
  const raw = await connect({ ...killed, host: '127.0.0.1' });
  raw.client.on('error', () => undefined);
  await raw.ask((done) => raw.sftp.writeFile('/a.csv', 'a', done));
  child.kill('SIGKILL');
  await once(child, 'exit');

  await using server = await startLocalSftp({ root, hostKeyPath, ...LOGIN, port: killed.port });

  expect(server).toMatchObject({ port: killed.port, hostKey: killed.hostKey });
  await using again = await connect(server);
  expect((await again.ask<Buffer>((done) => again.sftp.readFile('/a.csv', done))).toString()).toBe('a');
});

testWith('sshd', "OpenSSH's own client works with it", async () => {
  await using folder = await temporaryFolder();
  const key = createKeyPair();
  const keyPath = path.join(folder.path, 'key');
  writeFileSync(keyPath, key.private, { mode: 0o600 });
  writeFileSync(path.join(folder.path, 'up.csv'), 'PERIDX\n1\n');
  const root = path.join(folder.path, 'files');
  await using server = await startLocalSftp({ root, ...LOGIN, publicKey: key.public });
  const batch = path.join(folder.path, 'batch');
  writeFileSync(
    batch,
    [
      'mkdir /pending',
      `put ${folder.path}/up.csv /pending/up.csv`,
      'rename /pending/up.csv /pending/renamed.csv',
      'ls -l /pending',
      `get /pending/renamed.csv ${folder.path}/down.csv`,
      'rm /pending/renamed.csv',
      'rmdir /pending',
    ].join('\n'),
  );
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
    'BatchMode=yes',
  ];

  const { stdout } = await run('sftp', [
    ...['-q', '-b', batch, '-i', keyPath, '-P', String(server.port), '-F', 'none'],
    ...options.flatMap((option) => ['-o', option]),
    `${LOGIN.username}@127.0.0.1`,
  ]);

  expect(stdout).toMatch(/-rw\S+ +\S+ +\S+ +\S+ +9 .*renamed\.csv/);
  expect(readFileSync(path.join(folder.path, 'down.csv'), 'utf8')).toBe('PERIDX\n1\n');
  expect(existsSync(path.join(root, 'pending'))).toBe(false);
});
