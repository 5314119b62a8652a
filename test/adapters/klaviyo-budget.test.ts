import { expect, test } from 'vitest';
import { openKlaviyoBudget, type TurnGrant, type TurnWish } from '#app/adapters/klaviyo-budget.server.ts';
import { klaviyoLimits } from '#app/adapters/klaviyo-limits.server.ts';
import { paceOf } from '#app/adapters/klaviyo-pace.server.ts';
import { openDatabase } from '#app/adapters/postgres.server.ts';
import type { KlaviyoOperation } from '#app/domain/ports/klaviyo.ts';
import { createTestDatabase, type TestDatabase } from '#test/builders/database.ts';
import { silentLog } from '#test/builders/log.ts';

const imports = { account: 'AU1', operation: 'importProfiles' } as const;

function wish(operation: KlaviyoOperation, more: Partial<TurnWish> = {}): TurnWish {
  const limits = more.limits ?? klaviyoLimits[operation];
  return { count: 1, pace: paceOf(limits), limits, patienceMs: 120_000, ...more };
}

/** Another process: a pool of its own on the same database. */
async function otherProcess(database: TestDatabase) {
  const db = await openDatabase(database.url, { log: silentLog(), poolSize: 4 });
  return { db, budget: openKlaviyoBudget(db.sql), [Symbol.asyncDispose]: () => db.close() };
}

/** When the last wish's first turn lies, in ms since the first one's: PostgreSQL's own note. */
async function turnAtMs(database: TestDatabase): Promise<number> {
  const [row] = await database.db.sql<{ ms: number }>(
    `SELECT (extract(epoch FROM turn_at) * 1000)::float8 AS ms FROM klaviyo_budget`,
  );
  return row?.ms ?? 0;
}

test('processes that ask at once get turns that keep their distance, none twice', async () => {
  await using database = await createTestDatabase();
  await using other = await otherProcess(database);
  const pace = paceOf(klaviyoLimits.getProfiles);
  const budgets = [openKlaviyoBudget(database.db.sql), other.budget];
  const line = { account: 'AU1', operation: 'getProfiles' } as const;
  await database.db.sql(`CREATE TABLE seen (at timestamptz)`);
  // Each version of the row is a wish that was granted.
  await database.db.sql(`
    CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO seen VALUES (NEW.turn_at); RETURN NEW; END $$;
    CREATE TRIGGER see AFTER UPDATE ON klaviyo_budget FOR EACH ROW EXECUTE FUNCTION see()`);
  await Promise.all(
    Array.from({ length: 200 }, (_, index) => budgets[index % 2]?.take(line, wish('getProfiles'))),
  );
  const seen = await database.db.sql<{ ms: number }>(
    'SELECT (extract(epoch FROM at) * 1000)::float8 AS ms FROM seen ORDER BY at',
  );
  const times = seen.map(({ ms }) => ms);
  expect(times).toHaveLength(200);
  const gaps = times.slice(1).map((ms, index) => ms - (times[index] ?? 0));
  // PostgreSQL counts whole microseconds.
  expect(Math.min(...gaps)).toBeGreaterThan(pace.apartMs - 0.01);
  const first = times[0] ?? 0;
  for (const [index, ms] of times.entries()) {
    expect(ms - first).toBeGreaterThan((index - pace.savedCount) * pace.intervalMs - 0.5);
  }
});

test('a block of turns moves the next one by so many intervals', async () => {
  await using database = await createTestDatabase();
  const budget = openKlaviyoBudget(database.db.sql);
  const pace = { ...paceOf(klaviyoLimits.createEvent), savedCount: 0 };
  const line = { account: 'AU1', operation: 'createEvent' } as const;
  await budget.take(line, wish('createEvent', { count: 13, pace: { ...pace, intervalMs: 10_000 } }));
  const first = await turnAtMs(database);
  await budget.take(
    line,
    wish('createEvent', { pace: { ...pace, intervalMs: 10_000 }, patienceMs: 200_000 }),
  );
  expect((await turnAtMs(database)) - first).toBeCloseTo(130_000, 0);
});

test('accounts and operations do not take from each other', async () => {
  await using database = await createTestDatabase();
  const budget = openKlaviyoBudget(database.db.sql);
  await budget.block(imports, 1_000, 'retry-after', paceOf(klaviyoLimits.importProfiles)); // of a row that is not there yet
  await budget.take(imports, wish('importProfiles'));
  await budget.block(imports, 60_000, 'retry-after', paceOf(klaviyoLimits.importProfiles));
  const grants = await Promise.all([
    budget.take({ account: 'NZ1', operation: 'importProfiles' }, wish('importProfiles')),
    budget.take({ account: 'AU1', operation: 'createEvents' }, wish('createEvents')),
  ]);
  expect(grants).toEqual(Array(2).fill({ kind: 'turns', waitMs: 0, because: 'limit' }));
});

test('a block holds for the other process, the longer one wins, and nothing saved is left after it', async () => {
  await using database = await createTestDatabase();
  await using other = await otherProcess(database);
  const budget = openKlaviyoBudget(database.db.sql);
  const pace = paceOf(klaviyoLimits.importProfiles);
  await budget.take(imports, wish('importProfiles'));
  await budget.block(imports, 60_000, 'retry-after', pace);
  await budget.block(imports, 1_000, 'exhausted', pace);
  const first = await other.budget.take(imports, wish('importProfiles'));
  expect(first).toMatchObject({ kind: 'turns', because: 'retry-after' });
  expect(first.kind === 'turns' && first.waitMs > 1_000 && first.waitMs <= 60_000).toBe(true);
  const firstAt = await turnAtMs(database);
  await other.budget.take(imports, wish('importProfiles'));
  expect((await turnAtMs(database)) - firstAt).toBeCloseTo(pace.intervalMs, 0);
  expect(await other.budget.blockedMs(imports)).toBeGreaterThan(50_000);
});

test('what lies beyond patience takes nothing and says when', async () => {
  await using database = await createTestDatabase();
  const budget = openKlaviyoBudget(database.db.sql);
  await budget.take(imports, wish('importProfiles'));
  await budget.block(imports, 3_600_000, 'retry-after', paceOf(klaviyoLimits.importProfiles));
  const grants: TurnGrant[] = [];
  for (let asked = 0; asked < 3; asked += 1) {
    grants.push(await budget.take(imports, wish('importProfiles')));
  }
  expect(grants.map(({ kind }) => kind)).toEqual(['later', 'later', 'later']);
  const waits = grants.map((grant) => (grant.kind === 'later' ? grant.waitMs : 0));
  expect(Math.max(...waits)).toBeLessThanOrEqual(3_600_000);
  expect(Math.min(...waits)).toBeGreaterThan(3_500_000);
});

test('the lists of a day are remembered: when they are used up, the next process hears it is tomorrow', async () => {
  await using database = await createTestDatabase();
  const lists = { account: 'AU1', operation: 'createList' } as const;
  const pace = { ...paceOf(klaviyoLimits.createList), intervalMs: 0, apartMs: 0 };
  const budget = openKlaviyoBudget(database.db.sql);
  for (let made = 0; made < 145; made += 1) {
    expect(await budget.take(lists, wish('createList', { pace }))).toMatchObject({ kind: 'turns' });
  }
  await using restarted = await otherProcess(database);
  const grant = await restarted.budget.take(lists, wish('createList', { pace }));
  expect(grant).toMatchObject({ kind: 'later', waitMs: expect.closeTo(86_400_500, -5) });

  // A day later the oldest of them are out of the window.
  await database.db.sql(
    `UPDATE klaviyo_budget SET long_turns = ARRAY(SELECT turn - interval '1 day 1 second' FROM unnest(long_turns) turn)`,
  );
  expect(await restarted.budget.take(lists, wish('createList', { pace }))).toMatchObject({ kind: 'turns' });
  const [row] = await database.db.sql('SELECT cardinality(long_turns) AS kept FROM klaviyo_budget');
  expect(row).toEqual({ kept: 145 });
});

test('who knows other limits than the rest gets them instead of turns', async () => {
  await using database = await createTestDatabase();
  await using other = await otherProcess(database);
  const budget = openKlaviyoBudget(database.db.sql);
  const lower = [
    { limit: 3, windowMs: 1_000 },
    { limit: 60, windowMs: 60_000 },
  ];
  await budget.take(imports, wish('importProfiles'));
  await budget.keepLimits(imports, lower, paceOf(lower));
  expect(await other.budget.take(imports, wish('importProfiles'))).toEqual({
    kind: 'other-limits',
    limits: lower,
  });
  expect(await other.budget.take(imports, wish('importProfiles', { limits: lower }))).toMatchObject({
    kind: 'turns',
  });
});
