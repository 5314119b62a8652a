import { expect, test } from 'vitest';
import { alertAction } from '#app/domain/alert-action.ts';
import { actionWords } from '#app/components/activity/action-words.ts';
import type { Database } from '#app/context.ts';
import { changesToShow } from '#app/domain/audit-changes.ts';
import { faultIn, remedyIn } from '#app/domain/remedy.ts';
import { raiseAlert } from '#app/pipeline/raise-alert.ts';
import { activityPage, type ActivityInput } from '#app/queries/activity-page.server.ts';
import { createTestDatabase } from '#test/builders/database.ts';
import { createShop } from '#test/builders/shops.ts';
import { webContext } from '#test/builders/web.ts';

const SHOP = 'one.myshopify.com';

async function read(db: Database, shopId: string, input: Partial<ActivityInput> = {}) {
  return activityPage(webContext(db), shopId, {
    tab: 'audit',
    timezone: 'Australia/Sydney',
    older: null,
    newer: null,
    action: null,
    actor: null,
    ...input,
  });
}

async function auditOf(db: Database, shopId: string, input: Partial<ActivityInput> = {}) {
  const page = await read(db, shopId, input);
  if (page.tab !== 'audit') {
    throw new Error('the audit trail was asked for');
  }
  return page;
}

async function alertsOf(db: Database, shopId: string, input: Partial<ActivityInput> = {}) {
  const page = await read(db, shopId, { tab: 'alerts', ...input });
  if (page.tab !== 'alerts') {
    throw new Error('the alerts were asked for');
  }
  return page;
}

function addLines(
  db: Database,
  shopId: string,
  lines: { action?: string; actor?: string; subject: string; changes?: object; at?: string }[],
) {
  return db.prisma.auditLog.createMany({
    data: lines.map(
      ({ action = 'save mapping', actor = 'Kim', subject, changes = [], at = '2026-01-01T00:00:00Z' }) => ({
        shopId,
        action,
        actor,
        subject,
        changes,
        createdAt: new Date(at),
      }),
    ),
  });
}

test('the trail shows the newest line first, in the zone of the shop, with what changed', async () => {
  await using database = await createTestDatabase();
  const { shopId } = await createShop(database.db, SHOP);
  await addLines(database.db, shopId, [
    { subject: 'old', at: '2026-01-01T00:00:00Z' },
    {
      subject: 'new',
      at: '2026-01-02T05:30:00Z',
      changes: [{ path: 'blank', before: 'keep', after: 'clear' }],
    },
  ]);

  const page = await auditOf(database.db, shopId);

  expect(page.lines).toMatchObject([
    {
      at: '2 Jan 2026, 16:30',
      actor: 'Kim',
      action: 'save mapping',
      subject: 'new',
      changes: [{ path: 'blank', before: 'keep', after: 'clear' }],
      changeCount: 1,
    },
    { subject: 'old', changes: [], changeCount: 0 },
  ]);
});

test('lines of one instant are on one page each, forwards and backwards', async () => {
  await using database = await createTestDatabase();
  const { shopId } = await createShop(database.db, SHOP);
  await addLines(
    database.db,
    shopId,
    Array.from({ length: 120 }, (_, index) => ({ subject: `${index}` })),
  );

  const first = await auditOf(database.db, shopId);
  const second = await auditOf(database.db, shopId, { older: first.older });
  const third = await auditOf(database.db, shopId, { older: second.older });
  const back = await auditOf(database.db, shopId, { newer: third.newer });

  const all = [first, second, third].flatMap(({ lines }) => lines.map(({ subject }) => subject));
  expect(new Set(all).size).toBe(120);
  expect([first.newer, third.older]).toEqual([null, null]);
  expect(back.lines).toEqual(second.lines);
});

test('the trail is filtered by what was done and by whom', async () => {
  await using database = await createTestDatabase();
  const { shopId } = await createShop(database.db, SHOP);
  await addLines(database.db, shopId, [
    { subject: 'a', action: 'release file', actor: 'Kim' },
    { subject: 'b', action: 'save mapping', actor: 'Lee' },
    { subject: 'c', action: 'save mapping', actor: 'Kim' },
  ]);

  const page = await auditOf(database.db, shopId, { action: 'save mapping', actor: 'Kim' });

  expect(page.lines.map(({ subject }) => subject)).toEqual(['c']);
  expect([page.actions, page.actors]).toEqual([
    ['release file', 'save mapping'],
    ['Kim', 'Lee'],
  ]);
});

test('a line with hundreds of changes brings the first fifty and their number', async () => {
  await using database = await createTestDatabase();
  const { shopId } = await createShop(database.db, SHOP);
  const changes = Array.from({ length: 300 }, (_, index) => ({
    path: `p${index}`,
    before: null,
    after: 'x',
  }));
  await addLines(database.db, shopId, [{ subject: 'shop.yaml', changes }]);

  const [line] = (await auditOf(database.db, shopId)).lines;

  expect([line?.changes.length, line?.changeCount]).toEqual([50, 300]);
});

test('a line without a list of changes has none', async () => {
  await using database = await createTestDatabase();
  const { shopId } = await createShop(database.db, SHOP);
  await addLines(database.db, shopId, [{ subject: 'old', changes: {} }]);

  expect((await auditOf(database.db, shopId)).lines).toMatchObject([{ changes: [], changeCount: 0 }]);
});

test.each([
  '',
  'x',
  '2026-99-99T00:00:00.000000Z_00000000-0000-0000-0000-000000000000',
  '2026-02-31T00:00:00.000000Z_00000000-0000-0000-0000-000000000000',
  '\u0000',
])('a cursor that is none (%j) shows the first page', async (cursor) => {
  await using database = await createTestDatabase();
  const { shopId } = await createShop(database.db, SHOP);
  await addLines(database.db, shopId, [{ subject: 'only' }]);

  expect((await auditOf(database.db, shopId, { older: cursor })).lines).toHaveLength(1);
});

test.each([
  ['connections[AU].apiKey', 'pk_0123456789abcdef'],
  ['sftp.password', 'hunter2'],
  ['sftp.privateKey', 'x'],
  ['note', 'the key is pk_0123456789abcdef'],
  ['note', '-----BEGIN OPENSSH PRIVATE KEY-----'],
])('a secret that got into a line (%s) does not get out of it', (path, value) => {
  expect(changesToShow([{ path, before: value, after: value }])).toEqual([
    { path, before: '(secret)', after: '(secret)' },
  ]);
});

test('names that only sound like secrets are shown', () => {
  const changes = [
    { path: 'columns.customers.primaryKey', before: 'PERIDX', after: 'ID' },
    { path: 'key', before: null, after: null },
    { path: 'connections[AU].keyLast4', before: 'pk_…a1b2', after: 'pk_…c3d4' },
  ];

  expect(changesToShow(changes)).toEqual(changes);
});

test('open alerts come with what is wrong and what to do, resolved ones with their time', async () => {
  await using database = await createTestDatabase();
  const { shopId, connectionId } = await createShop(database.db, SHOP);
  const ctx = webContext(database.db);
  await raiseAlert(ctx, shopId, {
    connectionId,
    cause: `push:${connectionId}`,
    code: 'klaviyo_key_refused',
    message: 'Klaviyo refuses the private key of "Dr. Smith. AU". Create a new key and enter it.',
  });
  await database.db.prisma.alert.create({
    data: {
      shopId,
      cause: 'intake',
      code: 'sftp_unreachable',
      message: 'The server does not answer.',
      hint: '',
      openedAt: new Date('2026-01-01T00:00:00Z'),
      resolvedAt: new Date('2026-01-01T01:00:00Z'),
    },
  });

  const page = await alertsOf(database.db, shopId);

  expect(page.openCount).toBe(1);
  expect(page.open).toMatchObject([
    {
      fault: 'Klaviyo refuses the private key of "Dr. Smith. AU".',
      remedy: 'Create a new key and enter it.',
      connection: { id: connectionId, name: 'Klaviyo AU' },
      until: null,
    },
  ]);
  expect(page.resolved).toMatchObject([
    {
      fault: 'The server does not answer.',
      remedy: '',
      since: '1 Jan 2026, 11:00',
      until: '1 Jan 2026, 12:00',
    },
  ]);
});

test('resolved alerts are shown in pages', async () => {
  await using database = await createTestDatabase();
  const { shopId } = await createShop(database.db, SHOP);
  await database.db.prisma.alert.createMany({
    data: Array.from({ length: 60 }, (_, index) => ({
      shopId,
      cause: 'intake',
      code: 'internal',
      message: `${index}`,
      hint: '',
      resolvedAt: new Date(),
    })),
  });

  const first = await alertsOf(database.db, shopId);
  const second = await alertsOf(database.db, shopId, { older: first.older });

  expect([first.resolved.length, second.resolved.length, second.older]).toEqual([50, 10, null]);
});

test('a shop sees its own history alone, whatever cursor it names', async () => {
  await using database = await createTestDatabase();
  const one = await createShop(database.db, SHOP);
  const other = await createShop(database.db, 'other.myshopify.com');
  await addLines(
    database.db,
    one.shopId,
    Array.from({ length: 60 }, (_, index) => ({ subject: `${index}` })),
  );
  await raiseAlert(webContext(database.db), one.shopId, {
    connectionId: one.connectionId,
    cause: 'x',
    code: 'internal',
    message: 'Theirs.',
  });
  const { older } = await auditOf(database.db, one.shopId);

  const audit = await auditOf(database.db, other.shopId, { older });
  const alerts = await alertsOf(database.db, other.shopId);

  expect([audit.lines, audit.actors, alerts.open, alerts.openCount]).toEqual([[], [], [], 0]);
});

test.each([
  ['It is gone. Put it back.', 'Put it back.'],
  ['It is gone', ''],
  ['Host 10.0.0.1 does not answer. It is tried again. Wait.', 'It is tried again. Wait.'],
  ['"A. B" is paused: nothing is read.', ''],
])('of "%s" the remedy is "%s"', (message, remedy) => {
  expect(remedyIn(message)).toBe(remedy);
  expect(`${faultIn(message, remedy)} ${remedy}`.trim()).toBe(message);
});

const CONNECTION = { id: '5e0c6a52-2f2b-4c53-9b1a-0d4f2c1f4f10' };

test.each([
  ['push:x', 'klaviyo_key_refused', `/app/settings/connections/${CONNECTION.id}`],
  ['intake:x', 'sftp_host_key_changed', '/app/settings/sftp'],
  ['intake:x', 'sftp_folder_missing', `/app/settings/connections/${CONNECTION.id}`],
  ['intake:x', 'bad_template', '/app/mappings'],
  [`file:${CONNECTION.id}`, 'too_few_rows', `/app/files/${CONNECTION.id}`],
  ['expect:x', 'expected_file', '/app/files'],
  ['push:x', 'klaviyo_unreachable', undefined],
])('an alert %s %s leads to %s', (cause, code, url) => {
  expect(alertAction({ cause, code, connection: CONNECTION })?.url).toBe(url);
});

test.each([
  ['save mapping', 'Saved mapping'],
  ['installed', 'Installed'],
  ['frobnicate file', 'Frobnicate file'],
])('the action "%s" reads "%s"', (action, words) => {
  expect(actionWords(action)).toBe(words);
});
