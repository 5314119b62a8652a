import { expect, test } from 'vitest';
import { columnsPage } from '#app/queries/columns-page.server.ts';
import { installShop } from '#app/services/install-shop.server.ts';
import { releaseFile } from '#app/services/decide-file.server.ts';
import { removeOwnColumns, saveColumns } from '#app/services/save-columns.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const TWO = `    list: Retail Customers
  - name: Klaviyo NZ
    apiKey: \${KLAVIYO_NZ_KEY}
    directory: /pending/nz
`;
const PRESET = {
  primaryKey: 'PERIDX',
  email: 'EMAIL',
  phone: 'MOBILE',
  firstName: 'FIRSTNAME',
  lastName: 'SURNAME',
  updatedAt: 'LAST_UPDATED',
};
const BLANK = { primaryKey: '', email: '', phone: '', firstName: '', lastName: '', updatedAt: '' };

function page(world: World, connectionId: string | null = null, kind: 'customers' | 'orders' = 'customers') {
  return columnsPage(world.ctx, { id: world.shopId, timezone: 'Australia/Sydney' }, { kind, connectionId });
}

async function connectionId(world: World, name: string): Promise<string> {
  const [row] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE name = $1', [name]);
  return row?.id ?? '';
}

function save(
  world: World,
  form: Record<string, string>,
  more: { connectionId?: string | null; seen?: Record<string, string> } = {},
) {
  const { connectionId: id = null, seen = PRESET } = more;
  return saveColumns(world.ctx, world.shopId, {
    kind: 'customers',
    connectionId: id,
    form,
    seen,
    actor: 'Ann',
  });
}

function audit(world: World) {
  return world.ctx.db.sql(
    `SELECT actor, action, subject, changes FROM audit_log WHERE actor <> 'test' ORDER BY created_at`,
  );
}

test('the page offers the columns of the newest file with examples from its rows', async () => {
  await using world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(5)));
  world.put(
    '/pending/au/orders_20260105T210000Z.csv',
    ordersCsv([
      { ORDER_ID: 'O1', PERIDX: '1', LINE_ID: '1', VALUE: '10.00' },
      { ORDER_ID: 'O1', PERIDX: '1', LINE_ID: '2', VALUE: '20.00' },
    ]),
  );
  await world.sync();

  const customers = await page(world);
  const orders = await page(world, null, 'orders');

  expect(customers).toMatchObject({
    form: PRESET,
    preset: PRESET,
    file: { name: 'customers_20260105T200000Z.csv', connection: 'Klaviyo AU', problem: null },
  });
  expect(customers?.file?.header.slice(0, 3)).toEqual(['PERIDX', 'PERSON_CODE', 'FIRSTNAME']);
  expect(customers?.samples).toMatchObject({ surname: ['SMITH'] });
  expect(customers?.samples['email']).toHaveLength(3);
  expect(orders?.samples).toMatchObject({ order_id: ['O1'], line_id: ['1', '2'], value: ['10.00', '20.00'] });
});

test('without a file there is nothing to choose from, and no error', async () => {
  await using world = await createWorld();

  expect(await page(world)).toMatchObject({ file: null, samples: {}, form: PRESET });
});

test('a file that is held for a missing column shows its own columns and why', async () => {
  await using world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(2)).replace('EMAIL', 'E_MAIL'));

  await world.sync();

  const shown = await page(world);
  expect(shown?.file).toMatchObject({
    name: 'customers_20260106T200000Z.csv',
    problem: expect.stringContaining('Column EMAIL is missing; the file has E_MAIL.') as string,
  });
  expect(shown?.file?.header).toContain('E_MAIL');
  expect(shown?.samples['email']).toHaveLength(2);
});

test('a renamed column is chosen, and the file that was held for it goes through', async () => {
  await using world = await createWorld();
  world.put('/pending/au/customers_20260106T200000Z.csv', customersCsv(people(2)).replace('EMAIL', 'E_MAIL'));
  await world.sync();
  const held = (await page(world))?.file?.id ?? '';

  const answer = await save(world, { ...PRESET, email: ' E_MAIL ' });
  await releaseFile(world.ctx, world.shopId, { fileId: held, actor: 'Ann' });
  const { status } = await world.sync();

  expect(answer).toEqual({ ok: true, message: 'Columns saved' });
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2 });
  expect((await audit(world))[0]).toEqual({
    actor: 'Ann',
    action: 'save columns',
    subject: 'customers, whole shop',
    changes: [{ path: 'email', before: 'EMAIL', after: 'E_MAIL' }],
  });
});

test('an optional column may be left out, a needed one may not', async () => {
  await using world = await createWorld();

  const refused = await save(world, { ...PRESET, primaryKey: ' ' });
  const saved = await save(world, { ...PRESET, phone: '' });

  expect(refused).toEqual({
    ok: false,
    problems: [{ field: 'primaryKey', message: 'Name the column that holds the customer ID.' }],
  });
  expect(saved).toMatchObject({ ok: true });
  const stored = await world.ctx.db.sql(`SELECT columns FROM column_settings WHERE kind = 'customers'`);
  const { phone: _, ...others } = PRESET;
  expect(stored).toEqual([{ columns: others }]);
});

test('a name that no header can have is refused beside its field', async () => {
  await using world = await createWorld();

  const answer = await save(world, { ...PRESET, email: 'x'.repeat(201), phone: 'MO\u0000BILE' });

  expect(answer).toMatchObject({ ok: false, problems: [{ field: 'email' }, { field: 'phone' }] });
});

test('what somebody else saved meanwhile is not overwritten', async () => {
  await using world = await createWorld();
  await save(world, { ...PRESET, email: 'E_MAIL' });

  const answer = await save(world, { ...PRESET, phone: 'TEL' });

  expect(answer).toMatchObject({ ok: false, problems: [{ field: '' }] });
  expect((await page(world))?.form).toMatchObject({ email: 'E_MAIL', phone: 'MOBILE' });
});

test('a connection uses the shop’s columns until it has its own, and again when they are removed', async () => {
  await using world = await createWorld({ connection: TWO });
  const id = await connectionId(world, 'Klaviyo NZ');
  const before = await page(world, id);

  await save(world, { ...BLANK, email: 'EMAIL_NZ' }, { connectionId: id, seen: BLANK });
  const own = await page(world, id);
  const shopWide = await page(world);
  const removed = await removeOwnColumns(world.ctx, world.shopId, {
    kind: 'customers',
    connectionId: id,
    actor: 'Ann',
  });

  expect(before).toMatchObject({ hasOwn: false, form: BLANK, inherited: PRESET });
  expect(own).toMatchObject({ hasOwn: true, form: { ...BLANK, email: 'EMAIL_NZ' }, inherited: PRESET });
  expect(shopWide).toMatchObject({
    form: PRESET,
    connections: [
      { name: 'Klaviyo AU', hasOwn: false },
      { name: 'Klaviyo NZ', hasOwn: true },
    ],
  });
  expect(removed).toEqual({ ok: true, message: 'Own columns removed' });
  expect(await page(world, id)).toMatchObject({ hasOwn: false });
  expect((await audit(world)).map((line) => [line['action'], line['subject']])).toEqual([
    ['save columns', 'customers of Klaviyo NZ'],
    ['remove own columns', 'customers of Klaviyo NZ'],
  ]);
});

test('own columns without a single name are not stored', async () => {
  await using world = await createWorld({ connection: TWO });
  const id = await connectionId(world, 'Klaviyo NZ');

  expect(await save(world, BLANK, { connectionId: id, seen: BLANK })).toMatchObject({ ok: false });
  expect(await page(world, id)).toMatchObject({ hasOwn: false });
});

test('a blank field of a connection asks for the shop’s column: a file without it is held', async () => {
  await using world = await createWorld({ connection: TWO });
  const id = await connectionId(world, 'Klaviyo NZ');
  await save(world, { ...BLANK, email: 'EMAIL_NZ' }, { connectionId: id, seen: BLANK });
  const csv = customersCsv(people(2)).replace('EMAIL', 'EMAIL_NZ').replace('MOBILE', 'TEL');
  world.put('/pending/nz/customers_20260106T200000Z.csv', csv);

  await world.sync();

  expect((await page(world, id))?.file?.problem).toContain('Column MOBILE is missing');
});

test('mappings that read a chosen column are named with it', async () => {
  await using world = await createWorld();

  const shown = await page(world);

  expect(shown?.readBy['firstname']?.map(({ name }) => name)).toEqual(['First name']);
  expect(shown?.readBy['email']).toBeUndefined();
});

test('a connection of another shop is not found and keeps its columns', async () => {
  await using world = await createWorld({ connection: TWO });
  const id = await connectionId(world, 'Klaviyo NZ');
  await save(world, { ...BLANK, email: 'EMAIL_NZ' }, { connectionId: id, seen: BLANK });
  const other = await installShop(world.ctx, { domain: 'other.myshopify.com' });

  const input = { kind: 'customers' as const, connectionId: id, actor: 'Eve' };
  const shown = await columnsPage(world.ctx, { id: other, timezone: 'UTC' }, input);
  const saved = await saveColumns(world.ctx, other, { ...input, form: PRESET, seen: BLANK });
  const removed = await removeOwnColumns(world.ctx, other, input);

  expect([shown, saved, removed]).toEqual([null, null, null]);
  expect(await page(world, id)).toMatchObject({ form: { email: 'EMAIL_NZ' } });
});

test('an address that holds no id is not found, and no error', async () => {
  await using world = await createWorld();

  expect(await page(world, 'nowhere')).toBeNull();
  expect(await save(world, PRESET, { connectionId: 'nowhere' })).toBeNull();
});
