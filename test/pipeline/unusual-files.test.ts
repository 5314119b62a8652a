import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { releaseFile, startBulkFiles } from '#app/services/decide-file.server.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const FIRST = '/pending/au/customers_20260105T200000Z.csv';
const SECOND = '/pending/au/customers_20260106T200000Z.csv';

function filesOf(status: Awaited<ReturnType<World['status']>>) {
  return status.connections[0]?.files ?? [];
}

test('a file that somebody moves back from the processed folder is taken again, and the next files go on', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(2)));
  await world.sync();
  renameSync(
    path.join(world.sftpRoot, 'processed/au/customers_20260105T200000Z.csv'),
    path.join(world.sftpRoot, FIRST),
  );

  const again = await world.sync();
  world.put(SECOND, customersCsv(people(3)));
  const next = await world.sync();

  expect(again.passes[0]?.problems).toEqual([]);
  expect(filesOf(again.status).map((file) => file.status)).toEqual(['archived', 'duplicate']);
  expect(next.passes[0]?.problems).toEqual([]);
  expect(filesOf(next.status).at(-1)).toMatchObject({ status: 'archived', rows: { read: 3 } });
});

test('a file that was taken away between the look and the reading stops no other file', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(2)));
  world.put(SECOND, customersCsv(people(3)));
  const open = world.ctx.sftp.open.bind(world.ctx.sftp);
  world.ctx.sftp.open = async (settings) => {
    const session = await open(settings);
    const download = session.download.bind(session);
    session.download = async (from, to, options) => {
      rmSync(path.join(world.sftpRoot, FIRST), { force: true });
      return download(from, to, options);
    };
    return session;
  };

  await world.sync();
  const { status } = await world.sync();

  expect(filesOf(status)).toMatchObject([{ name: 'customers_20260106T200000Z.csv', status: 'archived' }]);
  expect(status.connections[0]?.records.customers).toMatchObject({ total: 3, synced: 3 });
});

test('an imported file that may not be moved away stays imported, and goes when it may be moved', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(2)));
  const open = world.ctx.sftp.open.bind(world.ctx.sftp);
  let isAllowed = false;
  world.ctx.sftp.open = async (settings) => {
    const session = await open(settings);
    const move = session.move.bind(session);
    session.move = async (from, to) => {
      if (!isAllowed) {
        const { AppError } = await import('#app/domain/errors.ts');
        throw new AppError({
          code: 'sftp_permission_denied',
          retry: 'person',
          message: 'move',
          hint: 'Ask for the permission.',
          where: { file: from },
        });
      }
      return move(from, to);
    };
    return session;
  };

  const refused = await world.sync();
  isAllowed = true;
  const allowed = await world.sync();

  expect(filesOf(refused.status)).toMatchObject([{ status: 'imported', rows: { read: 2 } }]);
  expect(refused.passes[0]?.problems).toMatchObject([{ code: 'sftp_permission_denied' }]);
  expect(refused.status.connections[0]?.records.customers).toMatchObject({ synced: 2 });
  expect(filesOf(allowed.status)).toMatchObject([{ status: 'archived', rows: { read: 2, created: 2 } }]);
  const [run] = await world.ctx.db.sql('SELECT status, settled_at IS NOT NULL AS settled FROM import_run');
  expect(run).toEqual({ status: 'imported', settled: true });
});

test('a row whose key is far too long is rejected alone', async () => {
  await using world = await createWorld();
  const long = randomBytes(6000).toString('base64');
  world.put(FIRST, customersCsv([...people(2), { PERIDX: long, EMAIL: 'long@shop.example' }]));
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1' },
      { ORDER_ID: '2', PERIDX: long },
    ]),
  );

  const { status, passes } = await world.sync();

  expect(passes[0]?.problems).toEqual([]);
  expect(filesOf(status)).toMatchObject([
    { status: 'archived', balanced: true, rows: { read: 3, created: 2, rejected: 1 } },
    { status: 'archived', balanced: true, rows: { read: 2, created: 1, rejected: 1 } },
  ]);
});

test('a long value without a translation does not stop its file', async () => {
  await using world = await createWorld({
    extra: `translations:
  stores: { entries: { SYD01: Sydney } }
mappings:
  - { scope: customer, target: properties.Store, rules: [{ template: '{{ STORE_CODE | translate: "stores" }}' }] }
`,
  });
  world.put(
    FIRST,
    customersCsv(
      people(2, 1, (id) => ({ STORE_CODE: id === 1 ? randomBytes(6000).toString('base64') : 'SYD01' })),
    ),
  );

  const { status, passes } = await world.sync();

  expect(passes[0]?.problems).toEqual([]);
  expect(filesOf(status)).toMatchObject([{ status: 'archived', rows: { created: 2 } }]);
});

test('what was released was the file as it lay there: other bytes under its name are checked anew', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(120)));
  await world.sync();
  world.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv(people(120, 1, () => ({ CITY: 'Perth' }))),
  );
  await world.sync();
  const small = '/pending/au/customers_20260107T200000Z.csv';
  world.put(small, customersCsv(people(40)));
  const held = await world.sync();
  const file = filesOf(held.status).at(-1);
  await releaseFile(world.ctx, world.shopId, { fileId: file?.id ?? '', actor: 'test' });
  world.put(small, customersCsv(people(5)));

  const { status } = await world.sync();

  expect(file).toMatchObject({ status: 'held' });
  expect(filesOf(status).at(-1)).toMatchObject({ status: 'held', problem: { code: 'too_few_rows' } });
});

test('a bulk file whose import was cut short goes on with the next sync', async () => {
  await using world = await createWorld();
  world.put('/bulk/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  const [connection] = await world.ctx.db.sql<{ id: string }>('SELECT id FROM connection');
  await world.sync();
  await startBulkFiles(world.ctx, world.shopId, { connectionId: connection?.id ?? '', actor: 'test' });

  const { status } = await world.sync();

  expect(filesOf(status)).toMatchObject([{ lane: 'bulk', status: 'archived', rows: { created: 2 } }]);
  expect(status.connections[0]?.records.customers).toMatchObject({ total: 2, synced: 2 });
});

test('other bytes of the same size that come while a file is imported are not moved away unread', async () => {
  await using world = await createWorld();
  world.put(FIRST, customersCsv(people(2, 1, () => ({ CITY: 'Perth!' }))));
  const open = world.ctx.sftp.open.bind(world.ctx.sftp);
  let isReplaced = false;
  world.ctx.sftp.open = async (settings) => {
    const session = await open(settings);
    const download = session.download.bind(session);
    session.download = async (from, to, options) => {
      const done = await download(from, to, options);
      if (!isReplaced) {
        isReplaced = true;
        const target = path.join(world.sftpRoot, FIRST);
        writeFileSync(target, customersCsv(people(2, 1, () => ({ CITY: 'Hobart' }))));
        utimesSync(target, new Date(), new Date(Date.now() + 5_000));
      }
      return done;
    };
    return session;
  };

  await world.sync();
  await world.sync();

  const cities = world.klaviyo.state().accounts[0]?.profiles.map((profile) => profile.location?.city);
  expect(cities).toEqual(['Hobart', 'Hobart']);
});

test('a warning that cuts a value inside a character does not stop its file', async () => {
  await using world = await createWorld();
  world.put(
    FIRST,
    customersCsv(
      people(3, 1, (id) => ({
        MOBILE: id === 1 ? `${'x'.repeat(199)}${'😀'.repeat(400)}` : '',
        CITY: 'C:\\ud83d',
      })),
    ),
  );

  const { status, passes } = await world.sync();

  expect(passes[0]?.problems).toEqual([]);
  expect(filesOf(status)).toMatchObject([{ status: 'archived', rows: { created: 3 } }]);
  expect(world.klaviyo.state().accounts[0]?.profiles[2]?.location?.city).toBe('C:\\ud83d');
});
