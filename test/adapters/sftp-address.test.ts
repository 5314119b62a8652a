import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isPrivateHostRule, isPublicAddress, resolveHost } from '#app/adapters/sftp-address.server.ts';
import { openSftp } from '#app/adapters/sftp.server.ts';
import type { SftpSettings } from '#app/domain/ports/sftp.ts';
import { startLocalSftp } from '#workers/local/sftp/server.ts';

async function server(): Promise<{ settings: SftpSettings } & AsyncDisposable> {
  const root = mkdtempSync(path.join(tmpdir(), 'threadline-guarded-'));
  const sftp = await startLocalSftp({ root, username: 'apparel21', password: 'secret' });
  return {
    settings: {
      host: 'sftp.example.com',
      port: sftp.port,
      username: 'apparel21',
      password: 'secret',
      hostKey: sftp.hostKey,
    },
    async [Symbol.asyncDispose]() {
      await sftp.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** A resolver that gives these addresses, one list after the other, and counts how often it is asked. */
function resolverOf(...answers: string[][]) {
  const asked: string[] = [];
  return {
    asked,
    resolve(host: string) {
      const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
      asked.push(host);
      return Promise.resolve(
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
  };
}

const QUICK = { backoffMs: 1, connectTries: 1 };

test.each([
  '10.0.0.5',
  '127.0.0.1',
  '127.8.8.8',
  '0.0.0.0',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '2001::1',
  '2002:7f00:1::',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:169.254.169.254',
  '0:0:0:0:0:ffff:c0a8:0101',
  '64:ff9b::10.0.0.1',
  '64:ff9b::a00:1',
  'sftp.example.com',
  '',
])('%s is no public address', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each([
  '8.8.8.8',
  '172.32.0.1',
  '192.169.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '2a02:26f0::1',
  '::ffff:8.8.8.8',
  '::ffff:808:808',
  '64:ff9b::808:808',
])('%s is a public address', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  ['127.0.0.1'],
  ['localhost'],
  ['127.1'],
  ['2130706433'],
  ['0x7f.0.0.1'],
  ['0'],
  ['::1'],
  ['::ffff:127.0.0.1'],
])('a login to %s is refused before anything is sent', async (host) => {
  await using place = await server();

  const opening = openSftp({ ...place.settings, host }, QUICK, { privateHosts: [] });

  await expect(opening).rejects.toMatchObject({
    code: 'sftp_private_host',
    retry: 'person',
    hint: expect.stringContaining(`${host} has an address inside a private network`) as string,
  });
});

test('a public name that leads into a private network is refused, and the hint names no address of it', async () => {
  await using place = await server();
  const { resolve } = resolverOf(['10.20.30.40', 'fd00::7']);

  const error = await openSftp(place.settings, QUICK, { privateHosts: [], resolve }).catch(
    (thrown: unknown) => thrown,
  );

  expect(error).toMatchObject({ code: 'sftp_private_host' });
  expect((error as { hint: string }).hint).not.toMatch(/10\.20|fd00/);
});

test('what was looked at is what is connected to: a name is asked for once', async () => {
  await using place = await server();
  // The second answer would be the trap of a name that changes its address between look and use.
  const resolver = resolverOf(['127.0.0.1'], ['192.0.2.1']);

  const session = await openSftp(place.settings, QUICK, {
    privateHosts: ['127.0.0.0/8'],
    resolve: resolver.resolve,
  });
  await session.close();

  expect(resolver.asked).toEqual(['sftp.example.com']);
});

test('of several addresses only the allowed ones are tried', async () => {
  await using place = await server();
  const { resolve } = resolverOf(['::1', '10.0.0.1', '127.0.0.1']);

  const session = await openSftp(place.settings, QUICK, { privateHosts: ['127.0.0.1'], resolve });

  expect(await session.list('/')).toEqual([]);
  await session.close();
});

test.each([[['SFTP.example.com']], [['10.0.0.0/8', '127.0.0.1']], [['127.0.0.0/30']], ['allow' as const]])(
  'an operator lets %j in',
  async (privateHosts) => {
    await using place = await server();
    const { resolve } = resolverOf(['127.0.0.1']);

    const session = await openSftp(place.settings, QUICK, { privateHosts, resolve });

    expect(await session.exists('/nothing')).toBe(false);
    await session.close();
  },
);

test.each([[['sftp.other.com']], [['127.0.1.0/24']], [['example.com']]])(
  '%j lets nothing else in',
  async (privateHosts) => {
    await using place = await server();
    const { resolve } = resolverOf(['127.0.0.1']);

    await expect(openSftp(place.settings, QUICK, { privateHosts, resolve })).rejects.toMatchObject({
      code: 'sftp_private_host',
    });
  },
);

test('a name that does not exist does not answer, as before', async () => {
  await using place = await server();
  const settings = { ...place.settings, host: 'nothing.invalid' };

  await expect(openSftp(settings, QUICK, { privateHosts: [], resolve: resolveHost })).rejects.toMatchObject({
    code: 'sftp_unreachable',
    retry: 'later',
  });
});

test('a rule is a name, an address or a network', () => {
  const rules = ['sftp', 'sftp.internal', '10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8'];
  const mistakes = [
    '',
    '10.0.0.0/33',
    'fd00::/129',
    'sftp/8',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    'a b',
    'http://x',
  ];

  expect(rules.filter((rule) => !isPrivateHostRule(rule))).toEqual([]);
  expect(mistakes.filter(isPrivateHostRule)).toEqual([]);
});
