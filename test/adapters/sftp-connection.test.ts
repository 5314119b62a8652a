import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openSftp } from '#app/adapters/sftp.server.ts';
import type { SftpSession, SftpSettings } from '#app/domain/ports/sftp.ts';
import { startCuttingProxy } from '#test/builders/cutting-proxy.ts';
import { temporaryFolder } from '#test/builders/csv-files.ts';
import { startOddSftp } from '#test/builders/odd-sftp.ts';
import { SFTP_SERVERS } from '#test/builders/sftp-places.ts';
import { startSshd } from '#test/builders/sshd.ts';
import { testWith } from '#test/builders/system-programs.ts';
import { startLocalSftp, type LocalSftpEvent } from '#workers/local/sftp/server.ts';

const LOGIN = { username: 'apparel21', password: 'local-password' };

async function session(
  settings: SftpSettings,
  times: Parameters<typeof openSftp>[1] = {},
): Promise<SftpSession & AsyncDisposable> {
  const opened = await openSftp(settings, { backoffMs: 1, ...times });
  return { ...opened, [Symbol.asyncDispose]: () => opened.close() };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function closedPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

for (const { testOn } of SFTP_SERVERS) {
  testOn(
    'a connection that is cut in the middle of a download is made again, and the file is whole',
    async (place) => {
      const content = randomBytes(8 * 1024 * 1024);
      place.put('big.csv', content);
      await using folder = await temporaryFolder();
      await using proxy = await startCuttingProxy(place.settings.port);
      await using sftp = await session({ ...place.settings, port: proxy.port });
      proxy.cutAfter(3_000_000);

      const result = await sftp.download(`${place.remote}/big.csv`, path.join(folder.path, 'big'));

      expect(result).toEqual({ bytes: content.length, sha256: sha256(content) });
      expect(readFileSync(path.join(folder.path, 'big')).equals(content)).toBe(true);
      expect(proxy.connections()).toBe(2);
    },
  );

  testOn(
    'a connection that is cut again and again is given up, and nothing half stays behind',
    async (place) => {
      place.put('big.csv', randomBytes(4 * 1024 * 1024));
      await using folder = await temporaryFolder();
      await using proxy = await startCuttingProxy(place.settings.port);
      await using sftp = await session({ ...place.settings, port: proxy.port });

      const download = sftp.download(`${place.remote}/big.csv`, path.join(folder.path, 'big'), {
        onBytes: () => proxy.cutNow(),
      });

      await expect(download).rejects.toMatchObject({ code: 'sftp_unreachable', retry: 'later' });
      expect(readdirSync(folder.path)).toEqual([]);
      expect(proxy.connections()).toBe(2);
    },
  );

  testOn('a connection that falls silent is given up after a while and made again', async (place) => {
    place.put('pending/a.csv', 'a');
    await using proxy = await startCuttingProxy(place.settings.port);
    await using sftp = await session({ ...place.settings, port: proxy.port }, { operationTimeoutMs: 300 });
    proxy.fallSilent();

    expect(await sftp.list(`${place.remote}/pending`)).toHaveLength(1);
    expect(proxy.connections()).toBe(2);
  });

  testOn('requests that fail together share one new connection', async (place) => {
    place.put('pending/a.csv', 'a');
    await using proxy = await startCuttingProxy(place.settings.port);
    await using sftp = await session({ ...place.settings, port: proxy.port });
    proxy.cutNow();

    const looks = await Promise.all(
      Array.from({ length: 5 }, () => sftp.stat(`${place.remote}/pending/a.csv`)),
    );

    expect(looks.map((file) => file?.size)).toEqual([1, 1, 1, 1, 1]);
    expect(proxy.connections()).toBe(2);
  });
}

testWith('sshd', 'any of the keys of a server may be the pinned one', async () => {
  await using sshd = await startSshd();
  const { host, port, username, privateKey, otherHostKey } = sshd;

  await using sftp = await session({ host, port, username, privateKey, hostKey: `${otherHostKey}=` });

  expect(sftp.hostKey).toBe(otherHostKey);
  expect(await sftp.list(sshd.root)).toEqual([]);
});

test('a session does not follow a name to another server', async () => {
  await using folder = await temporaryFolder();
  await using first = await startLocalSftp({ root: folder.path, ...LOGIN });
  await using second = await startLocalSftp({ root: folder.path, ...LOGIN });
  await using proxy = await startCuttingProxy(first.port);
  await using sftp = await session({ host: '127.0.0.1', port: proxy.port, ...LOGIN, hostKey: null });
  proxy.leadTo(second.port);
  proxy.cutNow();

  const error = await sftp.list('/').catch((reason: unknown) => reason);

  expect(error).toMatchObject({ code: 'sftp_host_key_changed' });
  expect(String(error)).toContain(first.hostKey);
  expect(String(error)).toContain(second.hostKey);
});

test('a move that happened although its answer was lost is not done twice', async () => {
  await using folder = await temporaryFolder();
  const events: LocalSftpEvent[] = [];
  const onMoved: { call(): void } = { call: () => undefined };
  await using server = await startLocalSftp({
    root: folder.path,
    ...LOGIN,
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'moved') {
        onMoved.call();
      }
    },
  });
  await using proxy = await startCuttingProxy(server.port);
  await using sftp = await session({
    host: '127.0.0.1',
    port: proxy.port,
    ...LOGIN,
    hostKey: server.hostKey,
  });
  await sftp.ensureDirectory('/processed');
  await sftp.upload(Buffer.from('taken'), '/processed/a.csv');
  await sftp.upload(Buffer.from('orders'), '/a.csv');
  events.length = 0;
  onMoved.call = () => proxy.cutNow();

  const target = await sftp.move('/a.csv', '/processed/a.csv');

  expect(target).toBe('/processed/a-2.csv');
  expect(readdirSync(path.join(folder.path, 'processed')).sort()).toEqual(['a-2.csv', 'a.csv']);
  expect(events.filter(({ type }) => type === 'moved')).toHaveLength(1);
  expect(proxy.connections()).toBe(2);
});

test('a server that is not there is tried three times and called unreachable', async () => {
  await using folder = await temporaryFolder();
  await using server = await startLocalSftp({ root: folder.path, ...LOGIN });
  await using proxy = await startCuttingProxy(await closedPort());
  const settings = { host: '127.0.0.1', ...LOGIN, hostKey: null };

  await expect(openSftp({ ...settings, port: await closedPort() }, { backoffMs: 1 })).rejects.toMatchObject({
    code: 'sftp_unreachable',
    retry: 'later',
    hint: expect.stringContaining('127.0.0.1'),
  });
  await expect(openSftp({ ...settings, port: proxy.port }, { backoffMs: 1 })).rejects.toMatchObject({
    code: 'sftp_unreachable',
  });
  expect(proxy.connections()).toBe(3);
  proxy.leadTo(server.port);
  await using sftp = await session({ ...settings, port: proxy.port });
  expect(await sftp.list('/')).toEqual([]);
});

test('a host name that nobody knows is called unreachable', async () => {
  const settings = { host: 'sftp.invalid', port: 22, ...LOGIN, hostKey: null };

  await expect(openSftp(settings, { backoffMs: 1 })).rejects.toMatchObject({
    code: 'sftp_unreachable',
    hint: expect.stringContaining('sftp.invalid:22'),
  });
});

test.each([
  { what: 'says nothing', greeting: '' },
  { what: 'speaks HTTP', greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' },
])('a server that $what is called unreachable', async ({ greeting }) => {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(greeting);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const opening = openSftp(
      { host: '127.0.0.1', port, ...LOGIN, hostKey: null },
      { connectTimeoutMs: 200, connectTries: 2, backoffMs: 1 },
    );

    await expect(opening).rejects.toMatchObject({ code: 'sftp_unreachable' });
    expect(sockets.size).toBe(2);
  } finally {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  }
});

test.each([
  { what: 'refuses many reads at once', odd: { readsInFlight: 2 } },
  { what: 'gives less than was asked for', odd: { bytesPerRead: 1_000 } },
  { what: 'knows no FSTAT', odd: { withoutFstat: true } },
])('a file arrives whole from a server that $what', async ({ odd }) => {
  const content = randomBytes(700_000);
  await using server = await startOddSftp({ content, ...odd });
  await using folder = await temporaryFolder();
  await using sftp = await session({ host: '127.0.0.1', port: server.port, username: 'a', hostKey: null });

  const result = await sftp.download('/odd.csv', path.join(folder.path, 'odd'), {
    expectedSize: content.length,
  });

  expect(result).toEqual({ bytes: content.length, sha256: sha256(content) });
  expect(server.largestFlight()).toBeGreaterThan(2);
});

test('a missing file is missing although the server calls it a failure', async () => {
  await using server = await startOddSftp({ content: Buffer.from('x'), missingIsFailure: true });
  await using sftp = await session({ host: '127.0.0.1', port: server.port, username: 'a', hostKey: null });

  expect(await sftp.stat('/gone.csv')).toBeNull();
  expect(await sftp.stat('/odd.csv')).toMatchObject({ size: 1 });
  expect(await sftp.list('/')).toEqual([
    { name: 'odd.csv', path: '/odd.csv', size: 1, modifiedAtMs: 1_000, isDirectory: false },
  ]);
});
