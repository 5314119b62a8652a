import { expect, test } from 'vitest';
import { runCli, runJson, runOk } from '#test/builders/cli.ts';
import { filesIn, inKlaviyo } from '#test/builders/consent-back.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld, SHOP } from '#test/builders/world.ts';

const CONNECTION = ['--shop', SHOP, '--connection', 'Klaviyo AU'];

type Printed = {
  connections: { name: string; left: number; files: { name: string; path: string; people: number }[] }[];
};

test('consent writes who left, also while the schedule is off, and says where', async () => {
  await using world = await createWorld();
  const { env } = world;
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(3)));
  await world.sync();
  await inKlaviyo(world, '_unsubscribe', { email: 'person1@shop.example' });
  const { code, document } = await runJson<Printed>(['consent', ...CONNECTION], { env });
  const nobody = await runOk(['consent', ...CONNECTION], { env });
  await inKlaviyo(world, '_unsubscribe', { email: 'person2@shop.example' });
  const somebody = await runOk(['consent', ...CONNECTION], { env });
  const [first, second] = filesIn(world);
  const record = await runOk(['record', 'customers', '1', ...CONNECTION], { env });

  expect(code).toBe(0);
  expect(document.connections).toEqual([
    {
      name: 'Klaviyo AU',
      left: 1,
      files: [{ name: first, path: `/outbound/au/${first}`, people: 1 }],
      problems: [],
    },
  ]);
  expect(nobody).toContain('no file was written');
  expect(somebody).toContain(`1 customer left in Klaviyo, written to /outbound/au/${second}`);
  expect(record).toMatch(new RegExp(`left .+ email in Klaviyo; Apparel21 was told in ${first}`));
});

test('consent ends with 1 for a refused key, 3 for a Klaviyo that does not answer and 2 for an unknown connection', async () => {
  await using world = await createWorld();
  const { env } = world;
  await fetch(`${world.klaviyo.url}/_keys`, {
    method: 'POST',
    body: JSON.stringify({ key: 'pk_local', revoke: true }),
  });
  const refused = await runCli(['consent', ...CONNECTION], { env });
  const silent = await runCli(['consent', ...CONNECTION], {
    env: { ...env, KLAVIYO_BASE_URL: 'http://127.0.0.1:1', THREADLINE_MAX_ATTEMPTS: '1' },
  });
  const unknown = await runCli(['consent', '--shop', SHOP, '--connection', 'Nowhere'], { env });

  expect([refused.code, silent.code, unknown.code]).toEqual([1, 3, 2]);
  expect(refused.stdout).toContain('Klaviyo refuses the private key of "Klaviyo AU"');
});
