import { expect, test } from 'vitest';
import { openKlaviyoBudget } from '#app/adapters/klaviyo-budget.server.ts';
import { klaviyoLimits } from '#app/adapters/klaviyo-limits.server.ts';
import { paceOf } from '#app/adapters/klaviyo-pace.server.ts';
import { klaviyoPort, type KlaviyoPortOptions, type KlaviyoWait } from '#app/adapters/klaviyo.server.ts';
import { openDatabase } from '#app/adapters/postgres.server.ts';
import type { Sql } from '#app/context.ts';
import type { KlaviyoClient, KlaviyoRequest } from '#app/domain/ports/klaviyo.ts';
import { startCuttingProxy } from '#test/builders/cutting-proxy.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { silentLog } from '#test/builders/log.ts';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { getLists, httpServer, importProfiles, keptLog, realClock } from './klaviyo-bench.ts';

const TWO_KEYS = [{ id: 'AU1', keys: [{ key: 'pk_one' }, { key: 'pk_two' }] }];
const imports = { account: 'AU1', operation: 'importProfiles' } as const;

/** A process as far as Klaviyo is concerned: a pool, a budget and a port of its own. */
async function startProcess(databaseUrl: string, baseUrl: string, options: Partial<KlaviyoPortOptions> = {}) {
  const db = await openDatabase(databaseUrl, { log: silentLog(), poolSize: 4 });
  let statements = 0;
  const sql: Sql = (text, parameters) => {
    statements += 1;
    return db.sql(text, parameters);
  };
  const { log, lines } = keptLog();
  const budget = openKlaviyoBudget(sql);
  const port = klaviyoPort({ baseUrl, clock: realClock, log, budget, ...options });
  return {
    port,
    budget,
    lines,
    statements: () => statements,
    async [Symbol.asyncDispose]() {
      await port.close();
      await db.close();
    },
  };
}

function importJob(email: string): KlaviyoRequest {
  const profile = { type: 'profile', attributes: { email } };
  return {
    operation: 'importProfiles',
    method: 'POST',
    path: '/api/profile-bulk-import-jobs',
    body: JSON.stringify({
      data: { type: 'profile-bulk-import-job', attributes: { profiles: { data: [profile] } } },
    }),
  };
}

function singleEvent(number: number): KlaviyoRequest {
  const attributes = {
    properties: {},
    unique_id: `sale-${String(number)}`,
    metric: { data: { type: 'metric', attributes: { name: 'Placed Order' } } },
    profile: { data: { type: 'profile', attributes: { email: 'ann@shop.org' } } },
  };
  const body = JSON.stringify({ data: { type: 'event', attributes } });
  return { operation: 'createEvent', method: 'POST', path: '/api/events', body };
}

async function sendAll(client: KlaviyoClient, requests: readonly KlaviyoRequest[]): Promise<string[]> {
  const answers = await Promise.all(requests.map((request) => client.send(request)));
  return answers.map((answer) => (answer.outcome === 'answered' ? String(answer.status) : answer.outcome));
}

test('two workers with two keys of one account meet no 429 and take turns about', async () => {
  await using database = await createTestDatabase();
  const order: string[] = [];
  await using klaviyo = await startLocalKlaviyo({
    limits: 'real',
    accounts: TWO_KEYS,
    onRequest: ({ body }) => void order.push(String(body).includes('one') ? 'one' : 'two'),
  });
  await using first = await startProcess(database.url, klaviyo.url);
  await using second = await startProcess(database.url, klaviyo.url);
  const [one, two] = await Promise.all([
    sendAll(
      first.port.connect('pk_one', 'AU1'),
      Array.from({ length: 12 }, (_, number) => importJob(`one${String(number)}@shop.org`)),
    ),
    sendAll(
      second.port.connect('pk_two', 'AU1'),
      Array.from({ length: 12 }, (_, number) => importJob(`two${String(number)}@shop.org`)),
    ),
  ]);
  expect([...one, ...two]).toEqual(Array(24).fill('202'));
  // From when both are there until one has had all, nobody goes on and on.
  const shared = order.slice(order.indexOf(order[0] === 'one' ? 'two' : 'one'));
  const until = Math.min(shared.lastIndexOf('one'), shared.lastIndexOf('two'));
  expect(shared.slice(0, until).join(' ')).not.toMatch(/(one ){5}|(two ){5}/);
  // One question for each request, and few more for the turns that lay over a second ahead.
  expect(first.statements() + second.statements()).toBeLessThanOrEqual(2 * 24 + 8);
});

test('requests of an operation with a high limit share their questions to PostgreSQL', async () => {
  await using database = await createTestDatabase();
  await using klaviyo = await startLocalKlaviyo({ limits: 'real', accounts: TWO_KEYS });
  await using worker = await startProcess(database.url, klaviyo.url);
  const outcomes = await sendAll(
    worker.port.connect('pk_one', 'AU1'),
    Array.from({ length: 300 }, (_, number) => singleEvent(number)),
  );
  expect(outcomes).toEqual(Array(300).fill('202'));
  expect(worker.statements()).toBeLessThan(300 / 4);
});

test('a 429 stops that operation for every process and key of the account, also after a restart', async () => {
  await using database = await createTestDatabase();
  await using klaviyo = await startLocalKlaviyo({
    limits: 'off',
    accounts: TWO_KEYS,
    faults: [
      { match: { path: '/api/profile-bulk-import-jobs' }, kind: '429', times: 1, retryAfterSeconds: 600 },
    ],
  });
  await using other = await startProcess(database.url, klaviyo.url);
  {
    await using first = await startProcess(database.url, klaviyo.url);
    expect(await sendAll(first.port.connect('pk_one', 'AU1'), [importJob('ann@shop.org')])).toEqual([
      'throttled',
    ]);
  }
  await using restarted = await startProcess(database.url, klaviyo.url);
  const clients = [
    other.port.connect('pk_two', 'AU1'),
    restarted.port.connect('pk_one', 'AU1'),
    restarted.port.connect('pk_two', 'AU1'),
  ];
  for (const client of clients) {
    const answer = await client.send(importJob('ann@shop.org'));
    expect(answer.outcome === 'throttled' && answer.retryAfterMs > 120_000).toBe(true);
    expect(client.counts()).toEqual({});
  }
  // Klaviyo limits each operation by itself.
  expect(await sendAll(restarted.port.connect('pk_one', 'AU1'), [getLists])).not.toContain('throttled');
});

test('keys of unknown accounts have a budget each, under their hash', async () => {
  await using database = await createTestDatabase();
  await using server = await httpServer((response) =>
    response.writeHead(server.seen.length === 1 ? 429 : 202, { 'retry-after': '600' }).end(),
  );
  await using worker = await startProcess(database.url, server.url);
  expect(await sendAll(worker.port.connect('pk_one'), [importProfiles, importProfiles])).toEqual([
    'throttled',
    'throttled',
  ]);
  expect(await sendAll(worker.port.connect('pk_two'), [importProfiles])).toEqual(['202']);
  const rows = await database.db.sql<{ account: string }>('SELECT account FROM klaviyo_budget');
  expect(rows.map(({ account }) => /^key:[0-9a-f]{64}$/.test(account))).toEqual([true, true]);
});

test('lower limits that one process reads in an answer hold for the others at once', async () => {
  await using database = await createTestDatabase();
  await using server = await httpServer((response) =>
    response.writeHead(202, { 'RateLimit-Limit': '2, 2;w=1, 5;w=60' }).end(),
  );
  await using first = await startProcess(database.url, server.url);
  // It knows only the published limits.
  await using second = await startProcess(database.url, server.url, { patienceMs: 1_000 });
  expect(await sendAll(first.port.connect('pk_one', 'AU1'), [importProfiles])).toEqual(['202']);
  // Four a minute are our share of five: the next turn is fifteen seconds away.
  const answer = await second.port.connect('pk_two', 'AU1').send(importProfiles);
  expect(answer.outcome === 'throttled' && answer.retryAfterMs > 5_000).toBe(true);
  expect(server.seen).toHaveLength(1);
  const [row] = await database.db.sql('SELECT limits, minute_limit FROM klaviyo_budget');
  expect(row).toEqual({ limits: { '1000': 2, '60000': 5 }, minute_limit: 5 });
});

test('who waits long asks once more before it sends: a 429 of another process may have come meanwhile', async () => {
  await using database = await createTestDatabase();
  await using server = await httpServer((response) => response.writeHead(202).end());
  const waits: KlaviyoWait[] = [];
  await using worker = await startProcess(database.url, server.url, { onWait: (wait) => waits.push(wait) });
  const pace = paceOf(klaviyoLimits.importProfiles);
  const client = worker.port.connect('pk_one', 'AU1');
  await client.send(importProfiles);
  await worker.budget.block(imports, 2_500, 'retry-after', pace);
  const sent = client.send(importProfiles);
  await expect.poll(() => waits.length).toBe(1);
  await worker.budget.block(imports, 600_000, 'retry-after', pace);
  expect(await sent).toMatchObject({ outcome: 'throttled' });
  expect(server.seen).toHaveLength(1);
});

test('work that is stopped leaves the line; the next in line takes its turn', async () => {
  await using database = await createTestDatabase();
  await using server = await httpServer((response) => response.writeHead(202).end());
  const waits: KlaviyoWait[] = [];
  await using worker = await startProcess(database.url, server.url, { onWait: (wait) => waits.push(wait) });
  const client = worker.port.connect('pk_one', 'AU1');
  await client.send(importProfiles);
  await worker.budget.block(imports, 1_500, 'exhausted', paceOf(klaviyoLimits.importProfiles));
  const stop = new AbortController();
  const stopped = client.send(importProfiles, stop.signal);
  const next = client.send(importProfiles);
  await expect.poll(() => waits.length).toBe(1);
  expect(waits).toMatchObject([{ because: 'exhausted', waitingCount: 2, operation: 'importProfiles' }]);
  stop.abort();
  expect(await stopped).toEqual({ outcome: 'not-sent', reason: 'the work was stopped' });
  expect(await next).toMatchObject({ outcome: 'answered' });
  expect(server.seen).toHaveLength(2);
});

test('without PostgreSQL nothing is sent, and it goes on when PostgreSQL is back', async () => {
  await using database = await createTestDatabase();
  await using server = await httpServer((response) => response.writeHead(202).end());
  const target = new URL(database.url);
  await using proxy = await startCuttingProxy(Number(target.port));
  const databasePort = Number(target.port);
  target.port = String(proxy.port);
  await using worker = await startProcess(target.toString(), server.url);
  const client = worker.port.connect('pk_one', 'AU1');
  expect(await sendAll(client, [importProfiles])).toEqual(['202']);

  proxy.leadTo(1);
  proxy.cutNow();
  const failed = await Promise.allSettled([client.send(importProfiles), client.send(importProfiles)]);
  expect(failed).toMatchObject(
    Array(2).fill({ status: 'rejected', reason: { code: 'database_unreachable', retry: 'later' } }),
  );
  expect(server.seen).toHaveLength(1);

  proxy.leadTo(databasePort);
  expect(await sendAll(client, [importProfiles])).toEqual(['202']);
});

test('an answer stands when PostgreSQL cannot note what it says about limits', async () => {
  await using database = await createTestDatabase();
  const target = new URL(database.url);
  await using proxy = await startCuttingProxy(Number(target.port));
  await using server = await httpServer((response) => {
    proxy.leadTo(1);
    proxy.cutNow();
    response.writeHead(429, { 'retry-after': '30' }).end();
  });
  target.port = String(proxy.port);
  await using worker = await startProcess(target.toString(), server.url);
  expect(await worker.port.connect('pk_one', 'AU1').send(importProfiles)).toEqual({
    outcome: 'throttled',
    retryAfterMs: 30_000,
  });
  expect(worker.lines).toContainEqual(
    expect.objectContaining({ code: 'database_unreachable', operation: 'importProfiles' }),
  );
});
