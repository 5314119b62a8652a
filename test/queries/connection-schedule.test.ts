import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import { connectionSchedule, scheduleHeadlines } from '#app/queries/connection-schedule.server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { createCustomers, createFile, createShop } from '#test/builders/shops.ts';
import { webContext } from '#test/builders/web.ts';
import { watchSql } from '#test/bench/watched-sql.ts';

/** 10:41:20 on 22 November in Sydney. */
const NOW = new Date('2026-11-21T23:41:20Z');

/** A shop whose folder was looked at 15 seconds ago, with a clock that stands still. */
async function shopAtRest(connection: Parameters<typeof createShop>[2] = {}) {
  const database = await createTestDatabase();
  const base = webContext(database.db);
  const ctx: Context = { ...base, clock: { ...base.clock, now: () => NOW } };
  const owner = await createShop(database.db, 'one.myshopify.com', connection);
  const { sql } = database.db;
  await sql(`INSERT INTO sftp_account (shop_id, host, username) VALUES ($1, 'sftp.example.com', 'ap21')`, [
    owner.shopId,
  ]);
  await sql(`UPDATE connection SET polled_at = '2026-11-21T23:41:05Z'`);
  const shop = { id: owner.shopId, timezone: 'Australia/Sydney' };
  return {
    ctx,
    owner,
    shop,
    sql,
    db: database.db,
    async schedule() {
      const schedule = await connectionSchedule(ctx, shop, owner.connectionId);
      if (schedule === null) {
        throw new Error('no schedule');
      }
      return schedule;
    },
    /** The sentences of a code. */
    async said(code: string): Promise<string[]> {
      const { intake, push } = await this.schedule();
      return [...intake, ...push].filter((one) => one.code === code).map(({ text }) => text);
    },
    async headline() {
      const { state, headline } = await this.schedule();
      return [state, headline];
    },
    /** Orders or rewards with that status. */
    events: (table: '"order"' | 'reward', status: string, count: number) =>
      sql(
        `INSERT INTO ${table} (shop_id, connection_id, external_id, source, source_hash, rules_hash, status, customer_key, event_count)
         SELECT $1, $2, $3 || n, '{}', 's', 'r', $3, 'C', 1 FROM generate_series(1, $4::int) n`,
        [owner.shopId, owner.connectionId, status, count],
      ),
    batch: (kind: string, status: string, items: number, sentAt: string | null) =>
      sql(
        `INSERT INTO push_batch (shop_id, connection_id, kind, status, item_count, sent_at) VALUES ($1, $2, $3, $4, $5, $6)`,
        [owner.shopId, owner.connectionId, kind, status, items, sentAt],
      ),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
    },
  };
}

test('a connection at rest says when its folder is looked at, that nothing waits, and when the last sync was', async () => {
  await using world = await shopAtRest();
  await createFile(world.db, world.owner, {
    name: 'customers_20261121T200000Z.csv',
    status: 'archived',
    rows: { read: 1, created: 1 },
  });
  await world.sql(`UPDATE import_run SET status = 'imported', settled_at = '2026-11-21T23:31:02Z'`);

  const { state, headline, intake, push } = await world.schedule();

  expect({ state, headline }).toEqual({ state: 'idle', headline: 'Nothing is due.' });
  expect(intake.map(({ text }) => text)).toEqual([
    '/pending/au is looked at every 30 seconds: last at 10:41:05, due again at 10:41:35.',
    'No file waits.',
  ]);
  expect(push.map(({ text }) => text)).toEqual([
    'Nothing is due. The last sync ended 10:31:02 with customers_20261121T200000Z.csv.',
  ]);
});

test('a new connection says that nobody has looked and no file has gone through', async () => {
  await using world = await shopAtRest();
  await world.sql('UPDATE connection SET polled_at = NULL');

  expect(await world.said('poll')).toEqual([
    '/pending/au is looked at every 30 seconds. It has not been looked at yet.',
  ]);
  expect(await world.said('nothing-due')).toEqual(['Nothing is due. No file has gone through yet.']);
});

test('the pace of the shop is told as people say it, and a last sync of another day by its date', async () => {
  await using world = await shopAtRest();
  await world.sql('UPDATE shop_settings SET poll_seconds = 300');
  await createFile(world.db, world.owner, {
    name: 'a.csv',
    status: 'archived',
    rows: { read: 1, created: 1 },
  });
  await world.sql(`UPDATE import_run SET status = 'imported', settled_at = '2026-11-20T23:31:02Z'`);

  expect(await world.said('poll')).toEqual([
    '/pending/au is looked at every 5 minutes: last at 10:41:05, due again at 10:46:05.',
  ]);
  expect(await world.said('nothing-due')).toEqual([
    'Nothing is due. The last sync ended 21 Nov 2026, 10:31 with a.csv.',
  ]);
});

test('a look that is minutes late is no promise any more', async () => {
  await using world = await shopAtRest();
  await world.sql(`UPDATE connection SET polled_at = '2026-11-21T23:30:00Z'`);

  const [text] = await world.said('poll-overdue');

  expect(text).toContain('last at 10:30:00, and not since, although it was due again at 10:30:30');
  expect((await world.schedule()).nextLookAt).toBe('2026-11-21T23:30:30.000Z');
});

test('without an SFTP server there is no folder to look at', async () => {
  await using world = await shopAtRest();
  await world.sql('DELETE FROM sftp_account');

  expect(await world.said('no-sftp')).toHaveLength(1);
  expect(await world.said('poll')).toEqual([]);
});

test('what stopped the intake is said with its remedy', async () => {
  await using world = await shopAtRest();
  await world.sql(
    `INSERT INTO alert (shop_id, connection_id, cause, code, message, hint, opened_at)
     VALUES ($1, $2::uuid, 'intake:' || $2::text, 'sftp_unreachable', 'The server does not answer.', '', '2026-11-21T23:35:00Z')`,
    [world.owner.shopId, world.owner.connectionId],
  );

  expect(await world.said('intake-trouble')).toEqual([
    'Files cannot be taken in since 10:35:00. The server does not answer.',
  ]);
});

test('a file under way tells its row, and which files come after it in work order', async () => {
  await using world = await shopAtRest();
  await createFile(world.db, world.owner, {
    name: 'customers_1.csv',
    status: 'importing',
    rows: { read: 41_200, created: 41_200 },
  });
  await world.sql('UPDATE import_run SET total_rows = 96000');
  const order: [string, string, string][] = [
    ['rewards_2.csv', 'rewards', '2026-11-21T20:00:00Z'],
    ['orders_2.csv', 'orders', '2026-11-21T20:00:00Z'],
    ['customers_2.csv', 'customers', '2026-11-21T20:00:00Z'],
    ['customers_3.csv', 'customers', '2026-11-21T21:00:00Z'],
    ['orders_1.csv', 'orders', '2026-11-21T19:00:00Z'],
  ];
  for (const [name, kind, stamp] of order) {
    await createFile(world.db, world.owner, { name, status: 'discovered' });
    await world.sql('UPDATE source_file SET kind = $2, stamp = $3 WHERE name = $1', [name, kind, stamp]);
  }

  expect(await world.headline()).toEqual(['working', 'Reading customers_1.csv, row 41,200 of 96,000.']);
  expect(await world.said('reading')).toEqual([
    'customers_1.csv is being read: row 41,200 of 96,000. Nothing of it is sent before all of it is read.',
  ]);
  expect(await world.said('queued')).toEqual([
    '5 files wait to be read in this order: orders_1.csv, customers_2.csv, orders_2.csv and 2 more files.',
  ]);
});

test.each([
  ['held', 'pending', 'held', '2 files are held until somebody releases or discards them.'],
  ['waiting-for-start', 'bulk', 'bulk', '2 files of the bulk folder wait until somebody starts them.'],
  ['discovered', 'bulk', 'bulk', '2 files of the bulk folder wait until somebody starts them.'],
  ['imported', 'pending', 'to-move', '2 files are read and not moved to /processed/au yet.'],
  [
    'unrecognised',
    'pending',
    'unrecognised',
    '2 files have names that are not recognised; nothing of them is read.',
  ],
])('files that are %s (%s) are counted', async (status, lane, code, text) => {
  await using world = await shopAtRest();
  await createFile(world.db, world.owner, { name: 'a.csv', status, lane });
  await createFile(world.db, world.owner, { name: 'b.csv', status, lane });

  expect(await world.said(code)).toEqual([text]);
});

test('a file whose size was not the same on two looks is not in the queue yet', async () => {
  await using world = await shopAtRest();
  world.ctx.settings.settleMs = 3_000;
  await createFile(world.db, world.owner, { name: 'a.csv', status: 'discovered' });
  await world.sql(`UPDATE source_file SET last_seen_at = first_seen_at + interval '1 second'`);

  expect(await world.said('unsettled')).toEqual([
    '1 file may still be written: it is read once two looks have seen the same size.',
  ]);
  expect(await world.said('queued')).toEqual([]);
});

test('what is due is counted by kind, with when it goes and what it takes', async () => {
  await using world = await shopAtRest();
  await createCustomers(world.db, world.owner, { pending: 1_204, synced: 5 });
  await world.sql(
    `UPDATE customer SET payload_hash = 'new', payload_bytes = 4000, payload = '{"clear": []}'`,
  );
  await world.events('"order"', 'pending', 3);

  expect(await world.said('due')).toEqual([
    'Due: 1,204 customers and 3 orders, with the look at the folder at 10:41:35. Profiles go first, then their consent, then orders and rewards.',
  ]);
  // 1,204 × 4,000 bytes are two import jobs of 4.6 MB, the orders one request.
  expect(await world.said('estimate')).toEqual([
    'That takes about 3 requests: less than a minute at Klaviyo’s limits. How long Klaviyo works on import jobs comes on top and is not known before.',
  ]);
  expect(await world.headline()).toEqual(['due', '1,204 customers and 3 orders due, next at 10:41:35.']);
  expect((await world.schedule()).due).toEqual({ customers: 1_204, orders: 3, rewards: 0 });
});

test('due consent counts in the estimate: a request for a hundred people who leave', async () => {
  await using world = await shopAtRest();
  await createCustomers(world.db, world.owner, { pending: 250 });
  await world.sql(
    `UPDATE customer SET payload_hash = 'same', synced_hash = 'same', email = external_id, consent_email = 'unsubscribe', payload = '{"clear": []}'`,
  );

  // Three reads and three calls, no profile.
  expect((await world.schedule()).estimate).toMatchObject({ requests: 6 });
});

test('import jobs at Klaviyo and requests on their way are told with since when', async () => {
  await using world = await shopAtRest();
  await createCustomers(world.db, world.owner, { sending: 30, pending: 2 });
  await world.batch('profile-import', 'accepted', 10, '2026-11-21T23:40:00Z');
  await world.batch('profile-import', 'accepted', 15, '2026-11-21T23:38:00Z');
  await world.batch('subscribe', 'sending', 5, '2026-11-21T23:41:00Z');

  expect(await world.said('import-jobs')).toEqual([
    'Klaviyo works on 2 import jobs with 25 customers, the oldest since 10:38:00. Each is followed to its end.',
  ]);
  expect(await world.said('sending')).toEqual(['1 request with 5 records is on its way since 10:41:00.']);
  expect((await world.said('due'))[0]).toContain('2 customers, after what is on its way.');
  expect(await world.headline()).toEqual(['working', 'Sending 30 customers.']);
});

test('requests of which nobody knows whether they arrived say how that is found out', async () => {
  await using world = await shopAtRest();
  await world.events('"order"', 'sending', 3);
  await world.batch('event-single', 'planned', 3, null);
  await world.batch('subscribe', 'uncertain', 7, '2026-11-21T23:41:00Z');

  expect(await world.said('replay')).toEqual([
    'Of 1 request with events nobody knows whether Klaviyo got it: the events of 3 records go again one by one, where a repeat does no harm.',
  ]);
  expect(await world.said('uncertain')).toEqual([
    'Of 1 consent request for 7 customers nobody knows whether Klaviyo got it: Klaviyo’s state is read until it shows. Nobody is subscribed twice.',
  ]);
});

test('orders and rewards without their customer wait for it', async () => {
  await using world = await shopAtRest();
  await world.events('"order"', 'waiting', 40);
  await world.events('reward', 'waiting', 1);

  expect(await world.said('waiting')).toEqual([
    '40 orders wait until their customers have arrived in Klaviyo, and go by themselves then.',
    '1 reward waits until its customer has arrived in Klaviyo, and goes by itself then.',
  ]);
  expect(await world.headline()).toEqual([
    'waiting',
    'Nothing is due. 40 orders and 1 reward wait for their customers.',
  ]);
});

test('records that are tried again later are not due, and the first of them is told', async () => {
  await using world = await shopAtRest();
  await createCustomers(world.db, world.owner, { pending: 9 });
  await world.sql(
    `UPDATE customer SET next_attempt_at = '2026-11-21T23:52:00Z'::timestamptz + substr(external_id, 9)::int * interval '1 minute'
      WHERE external_id < 'pending-7'`,
  );
  // A time that has gone by keeps nothing back.
  await world.sql(
    `UPDATE customer SET next_attempt_at = '2026-11-21T23:00:00Z' WHERE external_id = 'pending-7'`,
  );

  expect(await world.said('later')).toEqual(['Tried again later: 7 customers, the first at 10:52:00.']);
  expect((await world.said('due'))[0]).toContain('Due: 2 customers');
});

test('a paused connection looks at nothing and sends nothing, and says what stays', async () => {
  await using world = await shopAtRest({ paused: true });
  await createCustomers(world.db, world.owner, { pending: 3 });
  await createFile(world.db, world.owner, { name: 'a.csv', status: 'discovered' });

  const { intake, push } = await world.schedule();

  expect([...intake, ...push].map(({ text }) => text)).toEqual([
    'Paused: /pending/au is not looked at. New files stay there.',
    'a.csv is read next. This begins when the connection is resumed.',
    'Paused: nothing is sent until somebody resumes it. 3 records stay pending.',
  ]);
  expect(await world.headline()).toEqual([
    'stopped',
    'Paused: nothing more is read or sent. 3 records pending.',
  ]);
});

test('a refused key stops the sending until there is a new one', async () => {
  await using world = await shopAtRest();
  await createCustomers(world.db, world.owner, { pending: 3 });
  await world.sql(`UPDATE connection SET key_refused_at = '2026-11-21T23:31:00Z'`);

  expect(await world.said('key-refused')).toEqual([
    'Klaviyo refuses the private key since 10:31:00: nothing is sent until a new key is entered.',
  ]);
  expect((await world.said('due'))[0]).toContain('Due: 3 customers, as soon as there is a new key.');
  expect((await world.headline())[0]).toBe('stopped');
});

test('sending that was stopped says since when and why', async () => {
  await using world = await shopAtRest();
  await createCustomers(world.db, world.owner, { pending: 3 });
  await world.sql(
    `INSERT INTO alert (shop_id, connection_id, cause, code, message, hint, opened_at)
     VALUES ($1, $2::uuid, 'push:' || $2::text, 'klaviyo_unreachable', 'It gets no answer. The next pass goes on.', '', '2026-11-21T23:31:00Z')`,
    [world.owner.shopId, world.owner.connectionId],
  );

  expect(await world.said('push-trouble')).toEqual([
    'Sending was stopped at 10:31:00. It gets no answer. The next pass goes on.',
  ]);
  expect(await world.headline()).toEqual(['due', '3 customers due. Sending was stopped and is tried again.']);
});

test('with data sync off records wait for a person, and what was asked for goes all the same', async () => {
  await using world = await shopAtRest();
  await world.sql('UPDATE shop_settings SET data_sync = false');
  await createCustomers(world.db, world.owner, { pending: 12, synced: 4 });
  await world.sql(`UPDATE customer SET send_now = true WHERE external_id IN ('pending-1', 'pending-2')`);

  expect(await world.said('sync-off')).toEqual([
    'Data sync is off: 12 customers stay pending until somebody sends them or switches it on.',
  ]);
  expect(await world.said('asked')).toEqual(['Asked for by hand, so they go all the same: 2 customers.']);
  expect(await world.said('due')).toEqual([]);
  expect(await world.headline()).toEqual(['due', 'Data sync is off. Asked for by hand: 2 customers.']);
});

test('test mode says its limit, and how many files have used it up', async () => {
  await using world = await shopAtRest({ mode: 'test' });
  await world.sql('UPDATE connection SET test_max_records = 2');
  await createCustomers(world.db, world.owner, { synced: 2, pending: 5 });
  await createFile(world.db, world.owner, {
    name: 'a.csv',
    status: 'archived',
    rows: { read: 7, created: 7 },
  });
  await world.sql(`UPDATE import_run SET status = 'imported', started_at = '2026-11-21T23:00:00Z'`);
  await world.sql('UPDATE customer SET run_id = (SELECT id FROM import_run)');
  expect((await world.said('test-mode'))[0]).toBe(
    'Test mode: of each file at most 2 records of a kind reach this account.',
  );
  await world.batch('profile-import', 'done', 2, '2026-11-21T23:10:00Z');
  await world.sql(`UPDATE push_batch SET created_at = '2026-11-21T23:10:00Z'`);
  await world.sql(
    `INSERT INTO push_item (batch_id, position, record_kind, record_id, part, open, outcome)
     SELECT (SELECT id FROM push_batch), row_number() OVER (), 'customers', id, 'profile', false, 'done' FROM customer WHERE status = 'synced'`,
  );

  expect(await world.said('test-mode')).toEqual([
    'Test mode: of each file at most 2 records of a kind reach this account. 1 file has used that up: the rest stays pending until the mode is production.',
  ]);
  expect(await world.headline()).toEqual(['waiting', 'Test mode: 5 customers pending.']);
});

test('history and failed records are told as what they are', async () => {
  await using world = await shopAtRest();
  await createCustomers(world.db, world.owner, { failed: 37 });
  await world.sql(`UPDATE connection SET history_before = '2026-01-01'`);

  expect(await world.said('history')).toEqual([
    'Orders before 1 Jan 2026 are sent as history, which starts no flows.',
  ]);
  expect(await world.said('failed')).toEqual([
    '37 customers failed and go again only when somebody retries them or a file brings a change.',
  ]);
});

test('another shop’s connection has no schedule here, and sample data has none at all', async () => {
  await using world = await shopAtRest();
  const other = await createShop(world.db, 'two.myshopify.com');
  await createCustomers(world.db, other, { pending: 9 });
  const sample = await createShop(world.db, 'three.myshopify.com', { mode: 'sample' });

  expect(await connectionSchedule(world.ctx, world.shop, other.connectionId)).toBeNull();
  expect(
    await connectionSchedule(world.ctx, { id: sample.shopId, timezone: 'UTC' }, sample.connectionId),
  ).toBeNull();
  const headlines = await scheduleHeadlines(world.ctx, world.shop, {
    connectionIds: [world.owner.connectionId, other.connectionId],
  });
  expect([...headlines.values()]).toEqual([
    { state: 'idle', headline: 'Nothing is due.', due: { customers: 0, orders: 0, rewards: 0 } },
  ]);
});

test('no sentence reads a table of records: rare ones are found by their index, however many there are', async () => {
  await using world = await shopAtRest({ mode: 'test' });
  const statuses = ['synced', 'pending', 'sending', 'waiting', 'failed', 'skipped', 'held'];
  for (const [table, more] of [
    ['customer', ''],
    ['"order"', ', customer_key'],
    ['reward', ', customer_key'],
  ] as const) {
    await world.sql(
      `INSERT INTO ${table} (shop_id, connection_id, external_id, source, source_hash, rules_hash, status, send_now, next_attempt_at${more})
       SELECT $1, $2, 'R' || n, '{}', 's', 'r', ($3::text[])[1 + n % 7], n % 1000 = 1,
              CASE WHEN n % 1000 = 1 THEN '2026-11-22T00:00:00Z'::timestamptz END${more === '' ? '' : `, n::text`}
         FROM generate_series(1, 20000) n`,
      [world.owner.shopId, world.owner.connectionId, statuses],
    );
    await world.sql(`ANALYZE ${table}`);
  }
  await createFile(world.db, world.owner, {
    name: 'a.csv',
    status: 'archived',
    rows: { read: 7, created: 7 },
  });
  await world.sql(`UPDATE import_run SET status = 'imported', started_at = '2026-11-21T23:00:00Z'`);
  await world.batch('profile-import', 'done', 20_000, '2026-11-21T23:10:00Z');
  await world.sql(
    `INSERT INTO push_item (batch_id, position, record_kind, record_id, part, open, outcome)
     SELECT (SELECT id FROM push_batch), row_number() OVER (), 'customers', id, 'profile', false, 'done' FROM customer`,
  );
  await world.sql('ANALYZE push_item');
  await world.sql('ANALYZE push_batch');
  const watched = watchSql(world.ctx);

  for (const mode of ['test', 'production']) {
    for (const dataSync of [true, false]) {
      await world.sql('UPDATE connection SET mode = $1', [mode]);
      await world.sql('UPDATE shop_settings SET data_sync = $1', [dataSync]);
      const found = await watched.wholeReads(async () => {
        await connectionSchedule(watched.ctx, world.shop, world.owner.connectionId);
      });
      expect({ mode, dataSync, found }).toEqual({ mode, dataSync, found: [] });
    }
  }
});

test('a limit of Klaviyo that every process heeds is said with its end', async () => {
  await using world = await shopAtRest();
  await createCustomers(world.db, world.owner, { pending: 3 });
  await world.sql(`UPDATE connection SET account_id = 'ACC'`);
  await world.sql(
    `INSERT INTO klaviyo_budget (account, operation, minute_limit, blocked_until) VALUES ('ACC', 'importProfiles', 150, '2999-01-01')`,
  );

  const { headline, push } = await world.schedule();

  expect(headline).toContain('3 customers due, at Klaviyo’s limit until');
  expect(push.map(({ text }) => text).join(' ')).toContain('Klaviyo’s limit is reached: sending goes on at');
});
