import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localKeys, openVault } from '#app/adapters/vault.server.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });

test('whatever is sealed at a place opens there, and only there', () => {
  const vault = openVault([key('k1')]);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (plain, place, elsewhere) => {
      const sealed = vault.seal(plain, place);
      expect(vault.open(sealed, place)).toBe(plain);
      fc.pre(place !== elsewhere);
      expect(() => vault.open(sealed, elsewhere)).toThrow(expect.objectContaining({ code: 'unsealable' }));
    }),
  );
});

test('a sealed value names its version and key, holds nothing readable, and differs each time', () => {
  const vault = openVault([key('k1')]);
  const [one, two] = [vault.seal('pk_secret', 'here'), vault.seal('pk_secret', 'here')];
  expect(one).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]{22}\.[\w-]+$/);
  expect(one).not.toContain('secret');
  expect(one).not.toBe(two);
});

test('the first key seals, the older ones still open', () => {
  const [older, newer] = [key('older'), key('newer')];
  const sealed = openVault([older]).seal('secret', 'here');
  const rotated = openVault([newer, older]);
  expect(rotated.open(sealed, 'here')).toBe('secret');
  expect(rotated.seal('secret', 'here')).toMatch(/^v1\.newer\./);
});

test('a value whose key is gone names the key and what to do', () => {
  const sealed = openVault([key('lost')]).seal('secret', 'here');
  expect(() => openVault([key('other')]).open(sealed, 'here')).toThrow(
    expect.objectContaining({
      code: 'unsealable',
      retry: 'person',
      hint: expect.stringContaining('Add the key "lost" to THREADLINE_ENCRYPTION_KEYS again'),
    }),
  );
});

test('another key under the same name does not open it', () => {
  const sealed = openVault([key('k1')]).seal('secret', 'here');
  expect(() => openVault([key('k1')]).open(sealed, 'here')).toThrow(
    expect.objectContaining({ code: 'unsealable' }),
  );
});

test('a value that was changed by one character does not open', () => {
  const vault = openVault([key('k1')]);
  const sealed = vault.seal('secret', 'here');
  for (const index of [sealed.length - 1, 10, 30]) {
    const swapped = sealed[index] === 'A' ? 'B' : 'A';
    const changed = sealed.slice(0, index) + swapped + sealed.slice(index + 1);
    expect(() => vault.open(changed, 'here')).toThrow(expect.objectContaining({ code: 'unsealable' }));
  }
});

test.each(['', 'secret', 'v2.k1.a.b.c', 'v1.k1.a.b', 'v1.k1.AAAA.AAAA.AAAA', 'v1.k1.a.b.c.d'])(
  'what was never sealed is not taken for a secret: %j',
  (text) => {
    expect(() => openVault([key('k1')]).open(text, 'here')).toThrow(
      expect.objectContaining({ code: 'unsealable' }),
    );
  },
);

test('a laptop makes its key once, readable by its owner alone', async () => {
  await using place = await directory();
  const dataDir = path.join(place.path, 'new');
  const [first] = localKeys(dataDir);
  expect(localKeys(dataDir)).toEqual([first]);
  expect(first?.key).toHaveLength(32);
  expect((await stat(path.join(dataDir, 'keys.json'))).mode & 0o777).toBe(0o600);
});

test('a damaged key file stops the start instead of being replaced', async () => {
  await using place = await directory();
  await writeFile(path.join(place.path, 'keys.json'), '[{"id": "local1", "key": "hunt');
  expect(() => localKeys(place.path)).toThrow(
    expect.objectContaining({ code: 'bad_environment', hint: expect.stringContaining('keys.json') }),
  );
});

async function directory(): Promise<{ path: string } & AsyncDisposable> {
  const made = await mkdtemp(path.join(os.tmpdir(), 'threadline-keys-'));
  return { path: made, [Symbol.asyncDispose]: () => rm(made, { recursive: true }) };
}
