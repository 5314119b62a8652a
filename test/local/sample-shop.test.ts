import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseShopFile } from '#app/domain/shop-file.ts';
import {
  DEMO_ACCOUNTS,
  DEMO_ENVIRONMENT,
  sampleShopYaml,
  writeSampleFiles,
} from '#workers/local/demo/sample-shop.ts';

async function temporaryRoot() {
  const root = await mkdtemp(path.join(os.tmpdir(), 'sample-shop-'));
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

async function visibleFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

test('the samples lie in the lanes of both connections, one misnamed and one for review', async () => {
  await using place = await temporaryRoot();
  await writeSampleFiles(place.root);
  const files = await visibleFiles(place.root);
  expect(files.map((file) => file.replace(/_\d{8}T\d{6}Z/, ''))).toEqual([
    'pending/au/customers.csv',
    'pending/au/loyalty export FINAL (2).csv',
    'pending/au/orders.csv',
    'pending/au/rewards.csv',
    'pending/nz/customers.csv',
    'pending/nz/orders.csv',
    'pending/nz/rewards.csv',
    'test/au/customers.csv',
  ]);
});

test('a second time writes nothing, also when the files have been processed', async () => {
  await using place = await temporaryRoot();
  await writeSampleFiles(place.root);
  const [first = ''] = await visibleFiles(path.join(place.root, 'pending/au'));
  await rename(path.join(place.root, 'pending/au', first), path.join(place.root, 'processed/au', first));
  const before = await visibleFiles(place.root);
  await writeSampleFiles(place.root);
  expect(await visibleFiles(place.root)).toEqual(before);
});

test('a root with processed files is left alone even without the marker', async () => {
  await using place = await temporaryRoot();
  await mkdir(path.join(place.root, 'processed/au'), { recursive: true });
  await writeFile(path.join(place.root, 'processed/au/customers_20260101T200000Z.csv'), 'PERIDX\n');
  await writeSampleFiles(place.root);
  expect(await visibleFiles(place.root)).toEqual(['processed/au/customers_20260101T200000Z.csv']);
});

test('what was half written is written again', async () => {
  await using place = await temporaryRoot();
  await writeSampleFiles(place.root);
  const [name = ''] = (await visibleFiles(place.root)).filter((file) =>
    file.startsWith('pending/au/customers'),
  );
  const whole = await readFile(path.join(place.root, name));
  await rm(path.join(place.root, '.samples-written'));
  await writeFile(path.join(place.root, name), whole.subarray(0, 1000));
  await writeSampleFiles(place.root);
  expect((await stat(path.join(place.root, name))).size).toBe(whole.length);
});

test('the sample shop is a valid configuration', () => {
  const read = parseShopFile(sampleShopYaml({ sftpPort: 2345, hostKey: 'SHA256:abc' }), DEMO_ENVIRONMENT);
  expect(read).toMatchObject({ ok: true, config: { sftp: { password: DEMO_ENVIRONMENT.SFTP_PASSWORD } } });
});

test('the sample shop has a directory, a list and a key of its own for each account, and no secret in it', () => {
  const text = sampleShopYaml({ sftpPort: 2345, hostKey: 'SHA256:abc' });
  const shop = parse(text) as {
    sftp: Record<string, unknown>;
    connections: { apiKey: string; directory: string; list: string }[];
    translations: { stores: { entries: Record<string, string> } };
  };
  expect(shop.sftp).toMatchObject({
    host: '127.0.0.1',
    port: 2345,
    hostKey: 'SHA256:abc',
    password: '${SFTP_PASSWORD}',
  });
  expect(shop.connections.map(({ apiKey, directory }) => [apiKey, directory])).toEqual([
    ['${KLAVIYO_AU_KEY}', '/pending/au'],
    ['${KLAVIYO_NZ_KEY}', '/pending/nz'],
  ]);
  expect(shop.translations.stores.entries).toMatchObject({
    SYD01: 'Sydney Pitt St',
    AKL21: 'Auckland Queen St',
  });
  for (const secret of [
    DEMO_ENVIRONMENT.SFTP_PASSWORD,
    DEMO_ENVIRONMENT.KLAVIYO_AU_KEY,
    DEMO_ENVIRONMENT.KLAVIYO_NZ_KEY,
  ]) {
    expect(text).not.toContain(secret);
  }
  const keys = DEMO_ACCOUNTS.flatMap((account) => account.keys ?? []).map(({ key }) => key);
  expect(keys).toEqual([DEMO_ENVIRONMENT.KLAVIYO_AU_KEY, DEMO_ENVIRONMENT.KLAVIYO_NZ_KEY]);
});
