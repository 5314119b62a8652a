import { createAppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { testWith } from '#test/builders/system-programs.ts';

testWith('chromium', 'shots', async () => {
  await using world = await createAppWorld({ workers: false });
  for (const day of ['05', '06', '07']) {
    const changed = (id: number) => ({
      CITY: id === 1 ? `City ${day}` : 'Sydney',
      MOBILE: id % 10 === 0 ? '12' : '',
    });
    world.put(
      `/pending/au/customers_202601${day}T200000Z.csv`,
      `${customersCsv([...people(120, 1, changed), { PERIDX: '', EMAIL: 'x@y.example' }])}7,too,few\r\n`,
    );
    world.put(
      `/pending/au/orders_202601${day}T203000Z.csv`,
      ordersCsv(
        people(20).map((_, i) => ({ ORDER_ID: `${day}-${i}`, PERIDX: String(i + 110), VALUE: '12.50' })),
      ),
    );
    await world.sync();
  }
  world.put(
    '/pending/au/customers_20260108T200000Z.csv',
    customersCsv(people(30, 1, () => ({ CITY: 'Nowhere' }))),
  );
  world.put('/pending/au/customer-export.csv', 'x');
  world.put('/bulk/au/customers_20200101T000000Z.csv', customersCsv(people(5, 900)));
  world.put(
    '/test/au/customers_20260109T200000Z.csv',
    customersCsv([
      ...people(4, 1, () => ({ CITY: 'Perth', PRIVACY: 'Yes' })),
      ...people(12, 500),
      { PERIDX: '' },
    ]),
  );
  world.put(
    '/test/au/orders_20260109T203000Z.csv',
    ordersCsv(people(3).map((_, i) => ({ ORDER_ID: `t-${i}`, PERIDX: '1' }))),
  );
  await world.sync();
  const files = await world.ctx.db.sql<{ id: string; name: string; lane: string; status: string }>(
    'SELECT id, name, lane, status FROM source_file ORDER BY first_seen_at',
  );
  console.log(files);
  const pick = (status: string, lane = 'pending', name = '') =>
    files.find((f) => f.status === status && f.lane === lane && f.name.includes(name))?.id;
  const pages = {
    index: '/app/files',
    filtered: '/app/files?kind=orders&tab=done',
    needs: '/app/files?tab=needs-you',
    done: `/app/files/${pick('archived')}`,
    orders: `/app/files/${pick('archived', 'pending', 'orders')}`,
    held: `/app/files/${pick('held')}`,
    bulk: `/app/files/${pick('waiting-for-start', 'bulk')}`,
    test: `/app/files/${pick('previewed', 'test', 'customers')}`,
    testorders: `/app/files/${pick('previewed', 'test', 'orders')}`,
    bad: `/app/files/${pick('unrecognised')}`,
  };
  for (const [name, address] of Object.entries(pages)) {
    for (const [width, viewport] of [
      ['1280', undefined],
      ['390', NARROW],
    ] as const) {
      const opened = await openPage(`${world.url}${address}`, viewport);
      await opened.page.screenshot({ path: `/tmp/shots/files-${name}-${width}.png`, fullPage: true });
      console.log(
        name,
        width,
        'shift',
        await opened.layoutShift(),
        'scroll',
        await sidewaysScroll(opened.page),
        await axeFindings(opened.page),
        opened.faults,
      );
      opened.faults.length = 0;
      await opened[Symbol.asyncDispose]();
    }
  }
});
