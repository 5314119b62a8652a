import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import {
  parseAccounts,
  parseFaults,
  readAccountsFile,
  readFaultsFile,
} from '#workers/local/klaviyo/options.ts';

test('accounts are read from their documented JSON', () => {
  const accounts = parseAccounts(
    '[{"id": "AU1", "name": "Klaviyo AU", "keys": [{"key": "pk_1", "scopes": ["*"]}]}]',
  );

  expect(accounts).toMatchObject([{ id: 'AU1', name: 'Klaviyo AU', keys: [{ key: 'pk_1', scopes: ['*'] }] }]);
});

test('faults are read with what they leave out filled in', () => {
  expect(parseFaults('[{"kind": "503", "match": {"path": "/api/events"}}]')).toMatchObject([
    { kind: '503', probability: 1, after: 0, accepted: false },
  ]);
});

test.each([
  ['not JSON', () => parseAccounts('[{', 'a.json'), /^a\.json: not JSON/],
  ['nothing at all', () => parseAccounts('[]', 'a.json'), /^a\.json: /],
  ['an unknown key', () => parseAccounts('[{"id": "A", "nmae": "x"}]', 'a.json'), /^a\.json: 0: .*nmae/],
  ['a missing id', () => parseAccounts('[{"name": "x"}]', 'a.json'), /^a\.json: 0\.id: Required/],
  [
    'an account twice',
    () => parseAccounts('[{"id": "A"}, {"id": "A"}]', 'a.json'),
    /account A is there twice/,
  ],
  ['an unknown kind', () => parseFaults('[{"kind": "earthquake"}]', 'f.json'), /^f\.json: 0\.kind: /],
  [
    'a wrong expression',
    () => parseFaults('[{"kind": "500", "match": {"path": "^("}}]', 'f.json'),
    /0\.match\.path/,
  ],
])('%s is an error that names file and path', (_, read, message) => {
  expect(read).toThrow(AppError);
  expect(read).toThrow(message);
});

test('a key that is there twice is named by its end only', () => {
  const text = JSON.stringify([
    { id: 'A', keys: [{ key: 'pk_secret_1234' }] },
    { id: 'B', keys: [{ key: 'pk_secret_1234' }] },
  ]);

  expect(() => parseAccounts(text)).toThrow('key …1234 is there twice');
  expect(() => parseAccounts(text)).not.toThrow('secret');
});

test('a file that is not there is an error that names it', () => {
  const directory = mkdtempSync(join(tmpdir(), 'klaviyo-options-'));
  const file = join(directory, 'accounts.json');
  try {
    expect(() => readAccountsFile(file)).toThrow(`${file}: cannot be read`);
    writeFileSync(file, '[{"id": "AU1"}]');
    expect(readAccountsFile(file)).toMatchObject([{ id: 'AU1' }]);
    writeFileSync(file, '[]');
    expect(readFaultsFile(file)).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
