import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '#app/config.server.ts';
import { openContext } from '#app/context.server.ts';
import { createTestContext } from '#test/builders/context.ts';
import { createEmptyDatabase } from '#test/builders/database.ts';
import { recordingLog } from '#test/builders/log.ts';

test('a context on an empty database brings it up to date and has every port', async () => {
  await using database = await createEmptyDatabase();
  await using place = await createTestContext(); // lends its data directory
  const config = readConfig({ THREADLINE_DATA_DIR: place.dataDir, KLAVIYO_BASE_URL: 'http://127.0.0.1:1' });
  const { log, lines } = recordingLog();
  const { ctx, close } = await openContext({ ...config, databaseUrl: database.url }, { log });
  try {
    expect(await ctx.db.sql('SELECT count(*) AS count FROM shop')).toEqual([{ count: 0 }]);
    expect(await ctx.queue.isReady()).toBe(true);
    const place = ctx.spool.pathOf(ctx.ids.uuid());
    expect(await ctx.spool.exists(place)).toBe(false);
    expect(ctx.settings.settleMs).toBe(3000);
    expect(lines.map((line) => line.msg)).toContain('the database was brought up to date');
  } finally {
    await close();
  }
});

test('without keys in the environment a laptop keeps its own, and opens its secrets again after a restart', async () => {
  await using database = await createEmptyDatabase();
  await using place = await createTestContext();
  const config = { ...readConfig({ THREADLINE_DATA_DIR: place.dataDir }), databaseUrl: database.url };
  const { log } = recordingLog();
  const first = await openContext(config, { log });
  const sealed = first.ctx.vault.seal('secret', 'here');
  await first.close();
  const second = await openContext(config, { log });
  expect(second.ctx.vault.open(sealed, 'here')).toBe('secret');
  await second.close();
  const file = path.join(place.dataDir, 'keys.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).not.toContain('secret');
});

test('a sleep ends early when it is told to', async () => {
  await using place = await createTestContext();
  const stop = new AbortController();
  const sleeping = place.ctx.clock.sleep(60_000, stop.signal);
  stop.abort();
  await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
});

test('the builder of the tests fails a test whose log holds an error that it did not expect', async () => {
  const careless = await createTestContext();
  careless.ctx.log.error({}, 'something broke');
  await expect(careless[Symbol.asyncDispose]()).rejects.toThrow('something broke');
  const expecting = await createTestContext({}, { expectErrors: true });
  expecting.ctx.log.error({}, 'something broke');
  await expecting[Symbol.asyncDispose]();
});
