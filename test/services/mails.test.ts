import { expect, test } from 'vitest';
import { openMail } from '#app/adapters/mail.server.ts';
import type { Context } from '#app/context.ts';
import { raiseAlert, resolveAlerts } from '#app/pipeline/raise-alert.ts';
import { mailUpkeep } from '#app/services/mails/mail-upkeep.server.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import { parseShopFile } from '#app/domain/shop-file.ts';
import { startCli } from '#test/builders/cli.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { recordingLog } from '#test/builders/log.ts';
import { SMTP_PASSWORD, startSmtp, type TestSmtp } from '#test/builders/smtp.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const OPS = 'ops@example.org';
const BOSS = 'boss@example.org';
const NOTIFY = `    notify: { errors: [${OPS}], successes: [${BOSS}] }`;
const FILE = '/pending/au/customers_20260105T200000Z.csv';

function mailing(world: World, smtp: TestSmtp, url = smtp.url): Context {
  const mail = openMail({
    smtpUrl: url,
    log: world.ctx.log,
    times: { connect: 2_000, silence: 1_000, whole: 3_000, afterStop: 200 },
  });
  return { ...world.ctx, mail };
}

function upkeep(ctx: Context): Promise<void> {
  return mailUpkeep(ctx, new AbortController().signal);
}

async function connectionId(world: World): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [
    world.shopId,
  ]);
  return row?.id ?? '';
}

async function refuseKey(world: World, shopId = world.shopId, cause = 'push:x'): Promise<void> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [
    shopId,
  ]);
  await raiseAlert(world.ctx, shopId, {
    connectionId: row?.id ?? null,
    cause,
    code: 'klaviyo_key_refused',
    message: 'Klaviyo refuses the key. Enter a new one.',
  });
}

/** As if so much time had gone by since everything so far. */
async function later(world: World, interval: string): Promise<void> {
  for (const [table, column] of [
    ['alert', 'opened_at'],
    ['mail_cause', 'mailed_at'],
    ['mail', 'next_attempt_at'],
    ['mail', 'created_at'],
    ['source_file', 'first_seen_at'],
    ['import_run', 'imported_at'],
  ]) {
    await world.ctx.db.sql(`UPDATE ${table} SET ${column} = ${column} - interval '${interval}'`);
  }
}

function outbox(world: World) {
  return world.ctx.db.sql<{ recipient: string; status: string; attempts: number; error: string | null }>(
    'SELECT recipient, status, attempts, error FROM mail ORDER BY recipient',
  );
}

test('an alert that stays open is a mail to the recipients of errors: what, what to do, where, and a link', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  await refuseKey(world);
  await later(world, '2 minutes');

  await upkeep(ctx);
  await upkeep(ctx);

  expect(smtp.mails).toHaveLength(1);
  expect(smtp.mails[0]).toMatchObject({ to: [OPS], headers: { subject: 'world: Klaviyo refuses the key.' } });
  expect(smtp.mails[0]?.text).toContain('What to do: Enter a new one.');
  expect(smtp.mails[0]?.text).toContain('Connection: Klaviyo AU');
  expect(smtp.mails[0]?.text).toContain(
    `http://localhost:3000/app/settings/connections/${await connectionId(world)}`,
  );
});

test('an alert that is over within a minute is no mail, and what opens within a minute is one', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  await refuseKey(world, world.shopId, 'push:over');
  await refuseKey(world, world.shopId, 'push:first');
  await upkeep(ctx);
  const before = smtp.mails.length;
  await resolveAlerts(world.ctx, world.shopId, 'push:over');
  await later(world, '2 minutes');
  await refuseKey(world, world.shopId, 'push:second');

  await upkeep(ctx);

  expect(before).toBe(0);
  expect(smtp.mails.map(({ headers }) => headers.subject)).toEqual(['world: 2 problems in Threadline']);
});

test('a cause that comes and goes is one mail an hour', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  const counts: number[] = [];
  for (const pause of ['2 minutes', '20 minutes', '20 minutes', '25 minutes']) {
    await refuseKey(world);
    await later(world, pause);
    await upkeep(ctx);
    counts.push(smtp.mails.length);
    await resolveAlerts(world.ctx, world.shopId, 'push:x');
  }
  expect(counts).toEqual([1, 1, 1, 2]);
});

test('a cause that stays open is told once, however long', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  await refuseKey(world);
  await later(world, '2 minutes');
  await upkeep(ctx);
  await later(world, '40 days');

  await upkeep(ctx);
  await upkeep(ctx);

  expect(smtp.mails).toHaveLength(1);
});

test('what concerns the whole shop goes to each address once, the rest only to its own connection', async () => {
  const sftp = { password: 'x' };
  await using world = await createWorld({
    yaml: ({ sftpPort, hostKey }) => `shop: world.myshopify.com
sftp: { host: 127.0.0.1, port: ${sftpPort}, username: apparel21, password: ${sftp.password}, hostKey: '${hostKey}' }
connections:
  - { name: AU, apiKey: pk_local, directory: /pending/au, notify: { errors: [${OPS}, au@example.org] } }
  - { name: NZ, apiKey: pk_nz, directory: /pending/nz, notify: { errors: [${OPS.toUpperCase()}, nz@example.org] } }
`,
  });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  const [au] = await world.ctx.db.sql<{ id: string }>(`SELECT id FROM connection WHERE name = 'AU'`);
  await raiseAlert(world.ctx, world.shopId, {
    connectionId: null,
    cause: 'sftp',
    code: 'sftp_login_refused',
    message: 'The SFTP server refuses the log-in. Enter the password again.',
  });
  await raiseAlert(world.ctx, world.shopId, {
    connectionId: au?.id ?? '',
    cause: 'push:au',
    code: 'klaviyo_key_refused',
    message: 'Klaviyo refuses the key. Enter a new one.',
  });
  await later(world, '2 minutes');

  await upkeep(ctx);

  const told = Object.fromEntries(smtp.mails.map(({ to, headers }) => [to.join(), headers.subject]));
  expect(smtp.mails).toHaveLength(3);
  expect(told).toEqual({
    [OPS]: 'world: 2 problems in Threadline',
    'au@example.org': 'world: 2 problems in Threadline',
    'nz@example.org': 'world: The SFTP server refuses the log-in.',
  });
});

test('a held file and one with a wrong name are told with a link to the file', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  world.put(FILE, 'NONSENSE\n1\n');
  world.put('/pending/au/shoppers.csv', 'A\n1\n');
  await world.sync();
  await later(world, '2 minutes');

  await upkeep(ctx);
  await upkeep(ctx);

  const [held] = await world.ctx.db.sql<{ id: string }>(`SELECT id FROM source_file WHERE status = 'held'`);
  expect(smtp.mails.map(({ to }) => to)).toEqual([[OPS]]);
  expect(smtp.mails[0]?.text).toContain(`http://localhost:3000/app/files/${held?.id}`);
  expect(smtp.mails[0]?.text).toContain('File: shoppers.csv');
});

test('a file that went through is a success mail with its balance; one that brings nothing new is none', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  world.put(FILE, customersCsv(people(3)));
  await world.sync();
  await upkeep(ctx);
  world.put('/pending/au/customers_20260106T200000Z.csv', `${customersCsv(people(3))}\n`);
  await world.sync();

  await upkeep(ctx);
  await later(world, '2 days');
  await upkeep(ctx);

  expect(smtp.mails).toHaveLength(1);
  expect(smtp.mails[0]).toMatchObject({
    to: [BOSS],
    headers: { subject: 'world: customers_20260105T200000Z.csv synced' },
  });
  expect(smtp.mails[0]?.text).toContain(
    '3 rows read = 3 created + 0 changed + 0 unchanged + 0 folded + 0 rejected',
  );
  expect(smtp.mails[0]?.text).toContain('3 customers: in Klaviyo');
});

test('a file with rejected rows is one mail to both lists, without anybody’s data', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  const [first, ...others] = people(3);
  world.put(FILE, customersCsv([{ ...first, PERIDX: '' }, ...others]));
  await world.sync();

  await upkeep(ctx);
  await upkeep(ctx);

  expect(smtp.mails.map(({ to }) => to).sort()).toEqual([[BOSS], [OPS]]);
  for (const mail of smtp.mails) {
    expect(mail.headers.subject).toBe('world: customers_20260105T200000Z.csv 1 rejected');
    expect(mail.text + mail.html).not.toContain(first?.EMAIL ?? '@');
  }
});

test('records that nobody sends are reported after a day, as they stand', async () => {
  await using world = await createWorld({ connection: NOTIFY, extra: 'automation: { dataSync: false }' });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  world.put(FILE, customersCsv(people(2)));
  await world.sync();
  await later(world, '2 hours');
  await upkeep(ctx);
  const before = smtp.mails.length;
  await later(world, '1 day');

  await upkeep(ctx);

  expect(before).toBe(0);
  expect(smtp.mails.map(({ headers }) => headers.subject)).toEqual([
    'world: customers_20260105T200000Z.csv imported',
  ]);
  expect(smtp.mails[0]?.text).toContain('2 customers: not sent yet');
});

test('orders that wait for their customer do not hold the report of their file up for ever', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  world.put('/pending/au/orders_20260105T200000Z.csv', ordersCsv([{ ORDER_ID: 'O1', PERIDX: '77' }]));
  await world.sync();
  await upkeep(ctx);
  const before = smtp.mails.length;
  await later(world, '61 minutes');

  await upkeep(ctx);

  expect(before).toBe(0);
  expect(smtp.mails).toHaveLength(1);
  expect(smtp.mails[0]?.text).toContain('1 order: wait for their customer');
});

test('workers that do it at once send every mail once', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  for (let cause = 0; cause < 5; cause += 1) {
    await refuseKey(world, world.shopId, `push:${cause}`);
    await later(world, '2 hours');
    await Promise.all([1, 2, 3, 4].map(() => upkeep(ctx)));
  }
  expect(smtp.mails).toHaveLength(5);
  expect(new Set(smtp.mails.map(({ headers }) => headers['message-id'])).size).toBe(5);
});

test('what a server that is down does not take is sent when it is back', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  const down = await startSmtp();
  await down[Symbol.asyncDispose]();
  const ctx = mailing(world, down);
  await refuseKey(world);
  await later(world, '2 minutes');
  await upkeep(ctx);
  const waiting = await outbox(world);
  await using back = await startSmtp({ port: down.port });
  await upkeep(ctx);
  const tooSoon = back.mails.length;
  await later(world, '2 minutes');

  await upkeep(ctx);

  expect(waiting).toMatchObject([{ status: 'waiting', attempts: 1 }]);
  expect(tooSoon).toBe(0);
  expect(back.mails).toHaveLength(1);
  expect(await outbox(world)).toMatchObject([{ status: 'sent', attempts: 2, error: null }]);
});

test.each([{ kind: 'defer' }, { kind: 'busy' }, { kind: 'hang' }] as const)(
  'a server with the behaviour $kind is tried again later',
  async (behaviour) => {
    await using world = await createWorld({ connection: NOTIFY });
    await using smtp = await startSmtp();
    const ctx = mailing(world, smtp);
    await refuseKey(world);
    await later(world, '2 minutes');
    await smtp.behave(behaviour);
    await upkeep(ctx);
    const waiting = await outbox(world);
    await smtp.behave({ kind: 'accept' });
    await later(world, '2 minutes');

    await upkeep(ctx);

    expect(waiting).toMatchObject([{ status: 'waiting', attempts: 1 }]);
    expect(smtp.mails).toHaveLength(1);
  },
);

test('a recipient who is refused is given up with an alert, and the others get their mail', async () => {
  await using world = await createWorld({ connection: NOTIFY.replace(OPS, `${OPS}, gone@example.org`) });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  await smtp.behave({ kind: 'refuse', recipient: 'gone@example.org' });
  await refuseKey(world);
  await later(world, '2 minutes');

  await upkeep(ctx);
  await later(world, '2 hours');
  await upkeep(ctx);

  const alerts = () =>
    world.ctx.db.sql(
      `SELECT cause, message FROM alert WHERE code = 'mail_undeliverable' AND resolved_at IS NULL`,
    );
  expect(smtp.mails.map(({ to }) => to)).toEqual([[OPS]]);
  expect(await outbox(world)).toMatchObject([{ status: 'given-up' }, { status: 'sent' }]);
  expect(await alerts()).toMatchObject([
    { cause: 'mail:gone@example.org', message: expect.stringContaining('gone@example.org') as string },
  ]);
  await world.ctx.db.sql(`UPDATE connection SET notify = '{"errors": ["${OPS}"]}'`);
  await upkeep(ctx);
  expect(await alerts()).toEqual([]);
});

test('a mail that could not be sent for two days is given up', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  await smtp.behave({ kind: 'defer' });
  await refuseKey(world);
  await later(world, '2 minutes');
  await upkeep(ctx);
  await later(world, '49 hours');

  await upkeep(ctx);

  expect(await outbox(world)).toMatchObject([{ status: 'given-up', attempts: 2 }]);
});

test('a worker that is killed after the server took a mail repeats that one mail, recognisably, and loses none', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  await smtp.behave({ kind: 'take-silently' });
  await refuseKey(world);
  await later(world, '2 minutes');
  await using worker = await startCli(['work'], /works/, { env: { ...world.env, SMTP_URL: smtp.url } });
  await smtp.received(1);
  await worker.stop('SIGKILL');
  const left = await outbox(world);
  await smtp.behave({ kind: 'accept' });
  await later(world, '4 minutes');

  await upkeep(mailing(world, smtp));
  await upkeep(mailing(world, smtp));

  const [first, repeat] = smtp.mails;
  expect(left).toMatchObject([{ status: 'waiting' }]);
  expect(smtp.mails).toHaveLength(2);
  expect(repeat?.headers['message-id']).toBe(first?.headers['message-id']);
  expect(repeat?.text).toBe(first?.text);
  expect(await outbox(world)).toMatchObject([{ status: 'sent' }]);
});

test('a shop hears nothing of another shop', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  const text = world.yaml
    .replace('shop: world.myshopify.com', 'shop: other.myshopify.com')
    .replace(NOTIFY, '    notify: { errors: [other@example.org] }');
  const parsed = parseShopFile(text, { SFTP_PASSWORD: 'x', KLAVIYO_AU_KEY: 'pk_other' });
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.problems));
  }
  const other = await applyShopFile(world.ctx, parsed.config, { actor: 'test', dryRun: false });
  await refuseKey(world, other.shopId ?? '');
  await later(world, '2 minutes');
  await upkeep(ctx);
  await refuseKey(world);
  await later(world, '2 minutes');

  await upkeep(ctx);

  expect(smtp.mails.map(({ to, headers }) => [to.join(), headers.subject])).toEqual([
    ['other@example.org', 'other: Klaviyo refuses the key.'],
    [OPS, 'world: Klaviyo refuses the key.'],
  ]);
});

test('an uninstalled shop gets no mail, not even one that waits', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  await smtp.behave({ kind: 'defer' });
  await refuseKey(world);
  await later(world, '2 minutes');
  await upkeep(ctx);
  await smtp.behave({ kind: 'accept' });
  await world.ctx.db.sql('UPDATE shop SET uninstalled_at = now()');
  await refuseKey(world, world.shopId, 'push:y');
  await later(world, '2 hours');

  await upkeep(ctx);

  expect(smtp.mails).toEqual([]);
});

test('neither log nor database holds the password, whatever the server answers', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const { log, lines } = recordingLog();
  const ctx = { ...mailing(world, smtp, smtp.url.replace(SMTP_PASSWORD, 'not-the-password')), log };
  await refuseKey(world);
  await later(world, '2 minutes');

  await upkeep(ctx);

  const stored = await outbox(world);
  expect(stored[0]?.error).toMatch(/refuses the log-in/);
  expect(lines.some(({ msg }) => msg === 'a mail was not sent and will be tried again')).toBe(true);
  expect(JSON.stringify({ lines, stored })).not.toContain('not-the-password');
  expect(JSON.stringify(lines)).not.toContain(OPS);
});

test('a connection’s name cannot add a header', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  await world.ctx.db.sql('UPDATE connection SET name = $1', ['x\r\nBcc: evil@example.org']);
  await raiseAlert(world.ctx, world.shopId, {
    connectionId: await connectionId(world),
    cause: 'push:x',
    code: 'internal',
    message: 'Bad\r\nBcc: evil@example.org',
  });
  await later(world, '2 minutes');

  await upkeep(mailing(world, smtp));

  expect(smtp.mails.map(({ to }) => to)).toEqual([[OPS]]);
  expect(smtp.mails[0]?.headers).not.toHaveProperty('bcc');
});

test('a digest comes once for its day, to everybody who gets mails, with figures and what is open', async () => {
  await using world = await createWorld({ connection: NOTIFY, extra: 'automation: { digest: daily }' });
  await using smtp = await startSmtp();
  const at = (iso: string): Context => ({
    ...mailing(world, smtp),
    clock: { ...world.ctx.clock, now: () => new Date(iso) },
  });
  await world.ctx.db.sql(
    `INSERT INTO daily_figure (shop_id, connection_id, day, record_kind, synced, failed)
     SELECT shop_id, id, '2026-01-05', 'customers', 1234, 5 FROM connection`,
  );
  await world.ctx.db.sql(
    `INSERT INTO alert (shop_id, cause, code, message, hint) VALUES ($1, 'expect:x:orders', 'expected_file', 'No orders file came.', '')`,
    [world.shopId],
  );
  await upkeep(at('2026-01-05T20:00:00Z')); // seven in the morning of the 6th in Sydney
  await upkeep(at('2026-01-06T19:00:00Z'));
  const first = smtp.mails.map(({ to }) => to.join()).sort();

  await upkeep(at('2026-01-06T20:00:01Z'));

  expect(first).toEqual([BOSS, OPS]);
  expect(smtp.mails).toHaveLength(4);
  expect(smtp.mails[0]?.headers.subject).toBe('world: 5 Jan in Threadline, 1 thing needs you');
  expect(smtp.mails[0]?.text).toContain('Customers: 1,234 synced, 5 failed');
  expect(smtp.mails[0]?.text).toContain('No orders file came.');
  expect(smtp.mails[3]?.headers.subject).toBe('world: 6 Jan in Threadline, 1 thing needs you');
});

test('mails are forgotten after thirty days', async () => {
  await using world = await createWorld({ connection: NOTIFY });
  await using smtp = await startSmtp();
  const ctx = mailing(world, smtp);
  await refuseKey(world);
  await later(world, '2 minutes');
  await upkeep(ctx);
  await resolveAlerts(world.ctx, world.shopId, 'push:x');
  await later(world, '29 days');
  await upkeep(ctx);
  const kept = await outbox(world);
  await later(world, '2 days');

  await upkeep(ctx);

  expect(kept).toHaveLength(1);
  expect(await outbox(world)).toEqual([]);
  expect(await world.ctx.db.sql('SELECT 1 FROM mail_cause')).toEqual([]);
});
