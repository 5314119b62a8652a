import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileProblems } from '#app/queries/file-problems.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';
import { balanceSheet } from '#workers/cli/balance-sheet.ts';

/** A file of 5,000 people who all say yes in Apparel21, and of whom 300 left in Klaviyo before. */

const PEOPLE = 5_000;
const LEFT = 300;

let world: World;

beforeAll(async () => {
  world = await createWorld();
  for (let id = 1; id <= LEFT; id += 1) {
    // Some left before their row last changed, some after it: neither was told yes again.
    const at = id % 2 === 0 ? '2024-03-01T00:00:00Z' : '2026-03-01T00:00:00Z';
    await fetch(`${world.klaviyo.url}/_unsubscribe`, {
      method: 'POST',
      body: JSON.stringify({ email: emailOf(id), at }),
    });
  }
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(PEOPLE)));
  await world.sync();
}, 120_000);

afterAll(() => world[Symbol.asyncDispose]());

const emailOf = (id: number) => `person${id}@shop.example`;

function consents(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { consent } of world.klaviyo.state().accounts[0]?.profiles ?? []) {
    counts[consent.email.consent] = (counts[consent.email.consent] ?? 0) + 1;
  }
  return counts;
}

test('all of them become profiles, and none of those who left is subscribed', () => {
  expect(consents()).toEqual({ UNSUBSCRIBED: LEFT, SUBSCRIBED: PEOPLE - LEFT });
});

test('Klaviyo was not even asked to subscribe those who left', () => {
  const asked = new Set(world.klaviyo.account().consentCalls.map(({ email }) => email));

  expect(asked.size).toBe(PEOPLE - LEFT);
  expect(
    Array.from({ length: LEFT }, (_, index) => emailOf(index + 1)).filter((one) => asked.has(one)),
  ).toEqual([]);
});

test('each of them is listed with the file, and why', async () => {
  const { ctx, shopId } = world;
  const [file] = (await world.status()).connections[0]?.files ?? [];
  const listed = await ctx.db.sql<{ record_key: string; line: number; value: string }>(
    `SELECT record_key, line, value FROM record_error WHERE shop_id = $1 AND file_id = $2 ORDER BY record_key::int`,
    [shopId, file?.id],
  );
  const found = { id: file?.id ?? '', header: [], warnings: file?.warnings ?? {} };
  const { causes } = await fileProblems(ctx, shopId, found, { cause: null, turn: null });

  expect(file?.warnings).toEqual({ left_in_klaviyo: LEFT / 2, left_at_unknown_time: LEFT / 2 });
  expect(listed.map(({ record_key: key }) => Number(key))).toEqual(
    Array.from({ length: LEFT }, (_, index) => index + 1),
  );
  expect(listed[0]).toEqual({ record_key: '1', line: 2, value: emailOf(1) });
  expect(causes.map(({ code, count }) => `${code} ${count}`).sort()).toEqual([
    `left_at_unknown_time ${LEFT / 2}`,
    `left_in_klaviyo ${LEFT / 2}`,
  ]);
});

test('the balance sheet of the command line says how many', async () => {
  expect(balanceSheet(await world.status())).toContain(
    'customers_20260105T200000Z.csv: 300 people not subscribed: they left in Klaviyo, or their address bounces',
  );
});

test('the page of one of them and record --json say that they left, and when', async () => {
  const { json, page } = await shown(world, 'customers', '1');

  expect(json).toMatchObject({ status: 'synced', consent: [{ action: 'none', code: 'left_in_klaviyo' }] });
  expect(page.consent?.channels[0]).toMatchObject({
    isLeftInKlaviyo: true,
    wish: 'Apparel21 says yes.',
    done: 'Left in Klaviyo as it was.',
    why: 'The person left e-mail in Klaviyo after Apparel21 was told yes; the later word counts.',
  });
  expect(page.consent?.history[0]?.why).toContain('In Klaviyo: unsubscribed since 1 Mar 2026');
});

test('the same people in the next full export are neither asked for nor listed again', async () => {
  const calls = world.klaviyo.account().consentCalls.length;
  world.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv(people(PEOPLE, 1, () => ({ CITY: 'Perth', LAST_UPDATED: '2026-04-01T10:00:00' }))),
  );

  const { status } = await world.sync();

  const [, file] = status.connections[0]?.files ?? [];
  expect(file).toMatchObject({ status: 'archived', rows: { changed: PEOPLE }, warnings: {} });
  expect(world.klaviyo.account().consentCalls).toHaveLength(calls);
  expect(consents()).toEqual({ UNSUBSCRIBED: LEFT, SUBSCRIBED: PEOPLE - LEFT });
});
