import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ShopStatus } from '#app/queries/shop-status.server.ts';
import { runJson } from '#test/builders/cli.ts';
import { createWorld } from '#test/builders/world.ts';
import type { GeneratedFiles } from '#workers/local/generate/index.ts';

test('a generated day and the day after it: balances close, only what changed is sent, no event twice, a third sync sends nothing', async () => {
  await using world = await createWorld();
  const { env } = world;
  const out = path.join(world.sftpRoot, 'pending/au');
  const account = () => world.klaviyo.state().accounts[0];

  const first = await runJson<GeneratedFiles>([
    'generate',
    '--customers',
    '2000',
    '--orders',
    '400',
    '--rewards',
    '100',
    '--out',
    out,
  ]);
  expect(first).toMatchObject({
    code: 0,
    document: { day: 0, customers: { rows: 2000 }, orders: { orders: 400 }, rewards: { rows: 100 } },
  });
  expect(readdirSync(out).filter((name) => !name.startsWith('.'))).toEqual(
    first.document.files.map(({ name }) => name),
  );

  const day0 = await runJson<ShopStatus>(['sync'], { env });
  expect(day0.code).toBe(0);
  const [au] = day0.document.connections;
  expect(
    au?.files.map(({ kind, status, balanced, rows }) => ({ kind, status, balanced, read: rows.read })),
  ).toEqual(
    first.document.files.map(({ kind, rows }) => ({ kind, status: 'archived', balanced: true, read: rows })),
  );
  expect(au?.records.customers).toMatchObject({ pending: 0, sending: 0, failed: 0 });
  expect(au?.records.orders).toMatchObject({ total: 400, pending: 0, sending: 0, failed: 0 });
  const before = {
    profiles: account()?.received.profiles ?? 0,
    events: account()?.received.events ?? 0,
    held: account()?.events.length,
  };

  const second = await runJson<GeneratedFiles>(['generate', '--change', '0.01', '--new', '7', '--out', out]);
  expect(second.document).toMatchObject({ day: 1, customers: { rows: 2007, changed: 20, new: 7 } });
  const day1 = await runJson<ShopStatus>(['sync'], { env });
  expect(day1.code).toBe(0);
  expect(
    day1.document.connections[0]?.files.every((file) => file.balanced && file.status === 'archived'),
  ).toBe(true);
  const profiles = (account()?.received.profiles ?? 0) - before.profiles;
  expect(profiles).toBeGreaterThan(0);
  expect(profiles).toBeLessThanOrEqual(27);
  expect(account()?.duplicateEvents).toBe(0);
  expect(account()?.received.events).toBe(account()?.events.length);
  expect(account()?.events.length).toBeGreaterThan(before.held ?? 0);

  const requests = JSON.stringify(account()?.received);
  const third = await runJson<ShopStatus>(['sync'], { env });
  expect(third.code).toBe(0);
  expect(third.document.connections[0]?.requests).toMatchObject({
    profileImport: 0,
    events: 0,
    subscribe: 0,
    unsubscribe: 0,
  });
  expect(JSON.stringify(account()?.received)).toBe(requests);
});
