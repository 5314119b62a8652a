import { expect, test } from 'vitest';
import { parseShopFile, secretPlaceholders, toYaml } from '#app/domain/shop-file.ts';
import { openTasks } from '#app/pipeline/upkeep/due-work.ts';
import { newestHeader } from '#app/queries/newest-records.server.ts';
import { readShopFile } from '#app/queries/shop-file.server.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import { startErasure } from '#app/services/privacy/start-erasure.server.ts';
import { workPrivacyRequests } from '#app/services/privacy/work-privacy-requests.server.ts';
import { uninstallShop } from '#app/services/uninstall-shop.server.ts';
import { eraseByEmail, letThingsLand, tracesOf, workThroughPrivacy } from '#test/builders/erasure.ts';
import { customersCsv, ordersCsv, people, rewardsCsv } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const EMAIL = 'zenobia.quill@shop.example';
const HER = [EMAIL, 'Quillington'];
const ZENOBIA = { PERIDX: '7001', EMAIL, SURNAME: 'Quillington', PRIVACY: 'No' };

function day(kind: string, number: string): string {
  return `/pending/au/${kind}_202601${number}T200000Z.csv`;
}

async function connectionIds({ ctx, shopId }: World): Promise<string[]> {
  const rows = await ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [shopId]);
  return rows.map(({ id }) => id);
}

function ask(world: World, ids: string[]): Promise<string | null> {
  const person = { emails: [EMAIL], phones: [], keys: [] };
  return startErasure(world.ctx, world.shopId, { person, actor: 'shopify', connectionIds: ids });
}

test('whether Shopify’s requests reach Klaviyo stands in shop.yaml: shown by a dry run, applied, and exported again', async () => {
  await using world = await createWorld();
  const read = (text: string, env: Record<string, string>) => {
    const parsed = parseShopFile(text, env);
    expect(parsed).toMatchObject({ ok: true });
    return parsed.ok ? parsed.config : expect.fail('the file is not read');
  };
  const text = `${world.yaml}privacy: { redactInKlaviyo: true }\n`;
  const file = read(text, world.env);
  const change = { path: 'privacy.redactInKlaviyo', before: 'false', after: 'true' };

  const dry = await applyShopFile(world.ctx, file, { actor: 'test', dryRun: true });
  const untouched = await readShopFile(world.ctx, world.shopId);
  await world.apply(text);
  const stored = await readShopFile(world.ctx, world.shopId);

  expect(dry.changes).toEqual([change]);
  expect(untouched?.privacy).toEqual({ redactInKlaviyo: false });
  expect(stored?.privacy).toEqual({ redactInKlaviyo: true });
  const exported = stored === null ? '' : toYaml(stored);
  expect(exported).toContain('privacy:\n  redactInKlaviyo: true\n');
  const back = read(exported, stored === null ? {} : secretPlaceholders(stored));
  expect((await applyShopFile(world.ctx, back, { actor: 'test', dryRun: true })).changes).toEqual([]);
});

test('somebody is erased in a shop that has uninstalled the app, and in Klaviyo while its connection is there', async () => {
  await using world = await createWorld();
  world.put(day('customers', '05'), customersCsv([...people(2), ZENOBIA]));
  await world.sync();
  await ask(world, await connectionIds(world));
  await uninstallShop(world.ctx, { domain: SHOP, happenedAt: null });
  await letThingsLand(world);
  // The first job is lost: only the sweep knows of the task.
  await workPrivacyRequests(world.ctx);

  expect(await openTasks(world.ctx)).toMatchObject([{ shopId: world.shopId }]);
  await workThroughPrivacy(world);

  world.klaviyo.settle();
  expect(await tracesOf(world.ctx, HER)).toEqual([]);
  expect(world.klaviyo.state().accounts[0]?.profiles.map(({ email }) => email)).not.toContain(EMAIL);
  expect(await world.ctx.db.sql('SELECT finished_at IS NOT NULL AS over FROM erasure')).toEqual([
    { over: true },
  ]);
  expect(await openTasks(world.ctx)).toEqual([]);
});

test('other work of a shop that has uninstalled the app waits', async () => {
  await using world = await createWorld();
  await world.ctx.db.sql(
    `INSERT INTO task (shop_id, kind, input, actor) VALUES ($1, 'change-records', '{}', 'test')`,
    [world.shopId],
  );
  expect(await openTasks(world.ctx)).toHaveLength(1);
  await uninstallShop(world.ctx, { domain: SHOP, happenedAt: null });
  expect(await openTasks(world.ctx)).toEqual([]);
});

test('without the connection somebody is erased here, and Klaviyo’s part says what is left to do by hand', async () => {
  await using world = await createWorld();
  world.put(day('customers', '05'), customersCsv([...people(2), ZENOBIA]));
  await world.sync();
  await ask(world, await connectionIds(world));
  await world.ctx.db.sql('UPDATE connection SET removed_at = now()');
  await uninstallShop(world.ctx, { domain: SHOP, happenedAt: null });
  await letThingsLand(world);

  await workThroughPrivacy(world);

  const [row] = await world.ctx.db.sql<{ erased: boolean; klaviyo: string }>(
    'SELECT erased_at IS NOT NULL AS erased, klaviyo::text AS klaviyo FROM erasure',
  );
  expect(row?.erased).toBe(true);
  expect(row?.klaviyo).toContain('Delete the profile in that Klaviyo account by hand.');
  expect(await tracesOf(world.ctx, HER)).toEqual([]);
});

test('a reward or order with the e-mail of somebody who was erased does not come in under a key nobody knows', async () => {
  await using world = await createWorld();
  await eraseByEmail(world, EMAIL);
  world.put(
    day('rewards', '05'),
    rewardsCsv([
      { REWARD_ID: 'RZ', PERIDX: '9009', EMAIL: EMAIL.toUpperCase() },
      { REWARD_ID: 'R1', PERIDX: '1', EMAIL: `x${EMAIL}` },
    ]),
  );
  world.put(
    day('orders', '05'),
    ordersCsv([
      { ORDER_ID: 'OZ', PERIDX: '9010', RECEIPT_TO: `Zenobia <${EMAIL}>` },
      { ORDER_ID: 'O1', PERIDX: '1' },
    ]),
  );

  const { status } = await world.sync();

  expect(await tracesOf(world.ctx, [` ${EMAIL}`, `"${EMAIL}`, `<${EMAIL}`])).toEqual([]);
  expect(
    status.connections[0]?.files.map(({ kind, rows, balanced }) => [kind, rows.rejected, balanced]),
  ).toEqual([
    ['orders', 1, true],
    ['rewards', 1, true],
  ]);
  await expect(shown(world, 'rewards', 'RZ')).rejects.toThrow('no rewards RZ');
  const { json, page } = await shown(world, 'rewards', 'R1');
  expect([json.standing, page.standing]).toEqual(Array(2).fill('Waits for customer 1 to reach Klaviyo.'));
});

test('what waits under a key nobody knows and holds the person’s e-mail goes with them', async () => {
  await using world = await createWorld();
  world.put(
    day('rewards', '05'),
    rewardsCsv([
      { REWARD_ID: 'RZ', PERIDX: '9009', EMAIL },
      { REWARD_ID: 'R1', PERIDX: '1', EMAIL: `x${EMAIL}` },
    ]),
  );
  await world.sync();

  await eraseByEmail(world, EMAIL);

  expect(await world.ctx.db.sql('SELECT external_id AS key FROM reward')).toEqual([{ key: 'R1' }]);
  expect((await world.status()).connections[0]?.records.rewards).toMatchObject({ total: 1, waiting: 1 });
});

test('what a rule or a mistake keeps back under a key nobody knows goes with them as well, and nobody else’s', async () => {
  await using world = await createWorld({
    extra: `mappings:
  - { scope: order, target: skip, rules: [{ when: { column: STAFF_SALE, is: equals, value: 'Yes' }, template: 'yes' }] }
`,
  });
  world.put(
    day('orders', '05'),
    ordersCsv([
      { ORDER_ID: 'OS', PERIDX: '9009', STAFF_SALE: 'Yes', RECEIPT_TO: EMAIL },
      { ORDER_ID: 'OF', PERIDX: '9010', ORDER_DATE: 'never', RECEIPT_TO: `Zenobia <${EMAIL}>` },
      { ORDER_ID: 'O1', PERIDX: '9011', STAFF_SALE: 'Yes', RECEIPT_TO: `x${EMAIL}` },
    ]),
  );
  await world.sync();

  await eraseByEmail(world, EMAIL);

  expect(await world.ctx.db.sql('SELECT external_id AS key FROM "order"')).toEqual([{ key: 'O1' }]);
  expect(await tracesOf(world.ctx, [` ${EMAIL}`, `"${EMAIL}`, `<${EMAIL}`])).toEqual([]);
});

test('rows of somebody who was erased that could not become records stand among the problems without a word of theirs', async () => {
  await using world = await createWorld();
  world.put(day('customers', '04'), customersCsv([...people(1), { ...ZENOBIA, MOBILE: '0412 345 678' }]));
  await world.sync();
  await eraseByEmail(world, EMAIL);
  world.put(
    day('customers', '05'),
    customersCsv([
      ...people(1),
      { ...ZENOBIA, PERIDX: '' },
      { ...ZENOBIA, PERIDX: '', EMAIL: '', MOBILE: '(04) 1234 5678' },
      { ...ZENOBIA, PERIDX: '', EMAIL: 'other@shop.example', SURNAME: 'Other' },
    ]),
  );
  const whole = customersCsv([{ ...ZENOBIA, EMAIL: '' }]).trimEnd();
  world.put(
    day('customers', '06'),
    `${customersCsv([...people(1)])}${whole.split('\r\n')[1] ?? ''},one more\r\n`,
  );
  world.put(day('orders', '05'), ordersCsv([{ ORDER_ID: 'OZ', PERIDX: '', RECEIPT_TO: EMAIL }]));

  const { status } = await world.sync();

  expect(await tracesOf(world.ctx, HER)).toEqual([]);
  expect(
    status.connections[0]?.files.filter(({ rows }) => rows.rejected > 0).map(({ balanced }) => balanced),
  ).toEqual([true, true, true]);
  const problems = await world.ctx.db.sql<{ code: string; source: object | null }>(
    `SELECT code, source FROM record_error WHERE severity = 'error' ORDER BY code`,
  );
  expect(problems.map(({ code, source }) => [code, source === null])).toEqual([
    ...Array<unknown>(4).fill(['erased', true]),
    ['missing_key', false],
  ]);
});

test('a file without a header shows nothing of the person in its first row, before an erasure and after', async () => {
  await using world = await createWorld();
  world.put(day('customers', '04'), customersCsv(people(1)));
  await world.sync();
  const withoutHeader = customersCsv([ZENOBIA, ...people(1)]).replace(/^.*\r\n/, '');
  world.put(day('customers', '05'), withoutHeader);
  const { status } = await world.sync();
  const before = await tracesOf(world.ctx, HER);
  const [connectionId = ''] = await connectionIds(world);
  const offered = await newestHeader(world.ctx, world.shopId, { connectionId, kind: 'customers' });
  // As it stands where an earlier release has read such a file.
  await world.ctx.db.sql(
    `UPDATE source_file SET format = format || jsonb_build_object('header', jsonb_build_array('7001', $1::text)) WHERE status = 'held'`,
    [EMAIL],
  );

  await eraseByEmail(world, EMAIL);

  expect(status.connections[0]?.files.map((file) => file.status).sort()).toEqual(['archived', 'held']);
  expect(before).toEqual([]);
  expect(offered).toContain('PERIDX');
  expect(await tracesOf(world.ctx, HER)).toEqual([]);
});

test('an order of somebody else that names an erased person is kept, without their address', async () => {
  await using world = await createWorld();
  world.put(day('customers', '05'), customersCsv([...people(2), ZENOBIA]));
  await world.sync();
  await eraseByEmail(world, EMAIL);
  const served = { STAFF_NAME: `Kim <${EMAIL}>` };
  world.put(
    day('orders', '06'),
    ordersCsv([
      { ORDER_ID: '1', PERIDX: '1', ...served },
      { ORDER_ID: '2', PERIDX: '9999', ...served },
    ]),
  );

  const { status } = await world.sync();

  const file = status.connections[0]?.files.find(({ kind }) => kind === 'orders');
  expect(file).toMatchObject({ rows: { read: 2, created: 1, rejected: 1 }, balanced: true });
  expect((await shown(world, 'orders', '1')).json).toMatchObject({
    status: 'synced',
    source: { lines: [{ STAFF_NAME: 'Kim <>' }] },
  });
  expect(await tracesOf(world.ctx, HER)).toEqual([]);
});
