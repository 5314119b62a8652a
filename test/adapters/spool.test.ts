import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openSpool } from '#app/adapters/spool.server.ts';

test('a file waits in a private folder until it is removed; removing it again is nothing', async () => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'threadline-spool-'));
  try {
    const spool = openSpool(dataDir);
    const file = spool.pathOf('0b7e');
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    expect(await spool.exists(file)).toBe(false);
    await writeFile(file, 'a,b\n');
    expect(await spool.exists(file)).toBe(true);
    await spool.remove(file);
    await spool.remove(file);
    expect(await spool.exists(file)).toBe(false);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});

test('nothing outside the folder can be named or removed', async () => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'threadline-spool-'));
  try {
    const spool = openSpool(dataDir);
    const other = path.join(dataDir, 'keys.json');
    await writeFile(other, '[]');
    expect(() => spool.pathOf('../keys.json')).toThrow(TypeError);
    await expect(spool.remove(other)).rejects.toThrow(TypeError);
    await expect(spool.remove(path.join(dataDir, 'spool', '..', 'keys.json'))).rejects.toThrow(TypeError);
    expect(await spool.exists(other)).toBe(true);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
