import { expect } from 'vitest';
import { raiseAlert, resolveAlerts } from '#app/pipeline/raise-alert.ts';
import { createAppWorld, type AppWorld } from '#test/builders/app-world.ts';
import { axeFindings, NARROW, openPage, sidewaysScroll } from '#test/builders/browser.ts';
import { testWith } from '#test/builders/system-programs.ts';

/** A shop with some days behind it: settings changed, a key refused, a server that was away for a while. */
async function createHistory(): Promise<AppWorld> {
  const world = await createAppWorld({ workers: false });
  const { ctx, shopId } = world;
  const [connection] = await ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [
    shopId,
  ]);
  const connectionId = connection?.id ?? null;
  await ctx.db.prisma.auditLog.createMany({
    data: [
      ...Array.from({ length: 60 }, (_, day) => ({
        shopId,
        actor: 'Shopify user 4711',
        action: 'release file',
        subject: `customers_202601${String((day % 28) + 1).padStart(2, '0')}T200000Z.csv`,
        changes: [{ path: 'status', before: 'held', after: 'discovered' }],
        createdAt: new Date(Date.UTC(2026, 0, 1, day)),
      })),
      {
        shopId,
        actor: 'Shopify user 42',
        action: 'save mapping',
        subject: 'Where the customer joined',
        changes: [
          {
            path: 'rules[0].template',
            before: '{{ STORE_CODE }}',
            after: '{{ STORE_CODE | translate: "stores" }}',
          },
          { path: 'blank', before: 'keep', after: 'clear' },
        ],
        createdAt: new Date(),
      },
    ],
  });
  const away = { connectionId, cause: 'intake', code: 'sftp_unreachable' };
  await raiseAlert(ctx, shopId, {
    ...away,
    message:
      'The SFTP server sftp.example.org does not answer. It is tried again by itself; if this lasts, check address, port and firewall.',
  });
  await resolveAlerts(ctx, shopId, 'intake');
  await raiseAlert(ctx, shopId, {
    connectionId,
    cause: `push:${connectionId}`,
    code: 'klaviyo_key_refused',
    message:
      'Klaviyo refuses the private key of "Klaviyo AU". Create a new key in Klaviyo and enter it for this connection; what is pending goes out then.',
  });
  return world;
}

testWith('chromium', 'a merchant reads who changed what, filters it and turns the page', async () => {
  await using world = await createHistory();
  await using wide = await openPage(`${world.url}/app/activity`);
  const { page } = wide;
  await page.getByRole('button', { name: '2 changes of Where the customer joined' }).click();
  await page.getByRole('cell', { name: '{{ STORE_CODE }}' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Older' }).click();
  await page.waitForURL(/older=/);
  await page.getByRole('button', { name: 'Newer' }).click();
  await page.waitForURL(/newer=/);

  await page.getByLabel('Who did it').selectOption('Shopify user 42');
  await page.waitForURL(/person=/);

  const trail = page.getByRole('list', { name: 'Audit trail' });
  await trail.getByText('Released file').first().waitFor({ state: 'detached' });
  expect(await trail.getByRole('listitem').count()).toBe(1);
  expect(await wide.layoutShift()).toBeLessThan(0.05);
});

testWith('chromium', 'open alerts stand first, with what to do and the page where it is done', async () => {
  await using world = await createHistory();
  await using wide = await openPage(`${world.url}/app/activity`);
  const { page } = wide;

  await page.getByRole('tab', { name: 'Alerts (1 open)' }).click();

  await page.getByText('Create a new key in Klaviyo').waitFor();
  const link = page.getByRole('link', { name: 'Connection settings' });
  expect(await link.getAttribute('href')).toMatch(/^\/app\/settings\/connections\//);
  await page.getByRole('list', { name: 'Resolved alerts' }).getByText('does not answer').waitFor();
  expect(await axeFindings(page)).toEqual([]);
});

testWith('chromium', 'both halves of the history fit a telephone', async () => {
  await using world = await createHistory();
  for (const tab of ['audit', 'alerts']) {
    await using narrow = await openPage(`${world.url}/app/activity?tab=${tab}`, NARROW);
    if (tab === 'audit') {
      await narrow.page.getByRole('button', { name: '2 changes of Where the customer joined' }).click();
    }
    expect(await sidewaysScroll(narrow.page)).toBe(0);
    expect(await narrow.layoutShift()).toBeLessThan(0.05);
  }
});
