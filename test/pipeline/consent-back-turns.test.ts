import { expect, test } from 'vitest';
import type { Context } from '#app/context.ts';
import { parseShopFile } from '#app/domain/shop-file.ts';
import { takeConsentTurn } from '#app/pipeline/consent-back/flow-back.ts';
import { claimDueConsentLooks } from '#app/pipeline/upkeep/due-work.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import { askConsentFile } from '#app/services/ask-consent-file.server.ts';
import { pauseConnection } from '#app/services/pause-connection.server.ts';
import { filesIn, flowBack, inKlaviyo, rowsOf } from '#test/builders/consent-back.ts';
import { eraseByEmail } from '#test/builders/erasure.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld, type World, type WorldOptions } from '#test/builders/world.ts';

/** When Apparel21 is told, how often, and what a kill, a refusal or an erasure in between changes. */

const NEVER = new AbortController().signal;
const DAILY = '    consentBack: daily';

/** A world with people 1 to `count`, subscribed in Klaviyo. */
async function peopled(count: number, options: WorldOptions = {}): Promise<World> {
  const world = await createWorld(options);
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(count)));
  await world.sync();
  return world;
}

function leave(world: World, id: number, more: object = {}): Promise<void> {
  return inKlaviyo(world, '_unsubscribe', { email: `person${id}@shop.example`, ...more });
}

async function connectionId({ ctx, shopId }: World): Promise<string> {
  const [row] = await ctx.db.sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [shopId]);
  return row?.id ?? '';
}

/** What a worker does that was given the job, until nothing is left. */
async function work(world: World, over = NEVER): Promise<void> {
  const id = await connectionId(world);
  for (let turn = 0, againInMs: number | null = 0; againInMs !== null && turn < 50; turn += 1) {
    ({ againInMs } = await takeConsentTurn(world.ctx, world.shopId, {
      connectionId: id,
      halt: NEVER,
      over,
    }));
  }
}

const keysOf = (world: World, name = filesIn(world).at(-1)) =>
  Object.keys(rowsOf(world, `/outbound/au/${name}`));

test('by default nothing is looked for, and nothing is written', async () => {
  await using world = await peopled(2);
  await leave(world, 1);
  const asked = world.klaviyo.account().traffic;

  expect(await claimDueConsentLooks(world.ctx)).toEqual([]);
  await work(world);

  expect(filesIn(world)).toEqual([]);
  expect(world.klaviyo.account().traffic).toEqual(asked);
});

test('once a day Klaviyo is asked, and the day after again', async () => {
  await using world = await peopled(3, { connection: DAILY });
  const { ctx, shopId } = world;
  const due = { shopId, connectionId: await connectionId(world) };
  await leave(world, 1);

  expect(await claimDueConsentLooks(ctx)).toEqual([due]);
  await work(world);
  expect(keysOf(world)).toEqual(['1']);
  await leave(world, 2);
  expect(await claimDueConsentLooks(ctx)).toEqual([]);
  await work(world);
  expect(filesIn(world)).toHaveLength(1);

  await ctx.db.sql(
    `UPDATE connection SET consent_looked_at = consent_looked_at - interval '25 hours', consent_asked_at = NULL`,
  );
  expect(await claimDueConsentLooks(ctx)).toEqual([due]);
  await work(world);
  expect(keysOf(world)).toEqual(['2']);
});

test('nobody is told of twice, and where nobody left there is no file', async () => {
  await using world = await peopled(3);
  await leave(world, 1);
  await flowBack(world);
  const again = await flowBack(world);
  await leave(world, 2);
  const third = await flowBack(world);

  expect(again).toMatchObject({ files: [], problems: [] });
  expect(third.files).toMatchObject([{ people: 1 }]);
  expect(filesIn(world).map((name) => keysOf(world, name))).toEqual([['1'], ['2']]);
});

test('who came back and leaves again is told of again', async () => {
  await using world = await peopled(1);
  await leave(world, 1, { at: '2026-02-01T10:00:00Z' });
  await flowBack(world);
  await inKlaviyo(world, '_subscribe', { email: 'person1@shop.example', at: '2026-02-02T10:00:00Z' });
  await flowBack(world);
  await leave(world, 1, { at: '2026-02-03T10:00:00Z' });
  await world.ctx.db.sql('UPDATE connection SET consent_mark_email = NULL');
  await flowBack(world);

  expect(filesIn(world)).toHaveLength(2);
  expect(rowsOf(world, `/outbound/au/${filesIn(world)[1]}`)['1']?.['LEFT_EMAIL_AT']).toBe(
    '2026-02-03T10:00:00Z',
  );
});

test('who was noted long ago is asked about once more before Apparel21 is told', async () => {
  await using world = await peopled(2);
  await leave(world, 1);
  await leave(world, 2);
  const down = withUpload(world.ctx, () => Promise.reject(new Error('down')));
  // The server takes no file: everybody stays noted.
  await flowBack(world, down);
  await world.ctx.db.sql(
    `WITH gone AS (DELETE FROM consent_export) UPDATE consent_leaving SET noted_at = now() - interval '3 days'`,
  );
  await world.ctx.db.sql(`UPDATE connection SET consent_mark_email = now() + interval '1 hour'`);
  await inKlaviyo(world, '_subscribe', { email: 'person1@shop.example' });
  await flowBack(world);

  expect(keysOf(world)).toEqual(['2']);
});

test('the consent guard notes whom it keeps out', async () => {
  await using world = await createWorld();
  await inKlaviyo(world, '_unsubscribe', {
    email: 'person1@shop.example',
    at: new Date().toISOString(),
  });
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(people(2)));
  await world.sync();

  expect(await world.ctx.db.sql('SELECT channel, state, export_id FROM consent_leaving')).toEqual([
    { channel: 'email', state: 'unsubscribed', export_id: null },
  ]);
});

/** A context whose SFTP sessions upload in their own way. */
function withUpload(
  ctx: Context,
  upload: (real: () => Promise<void>, path: string) => Promise<void>,
): Context {
  return {
    ...ctx,
    sftp: {
      async open(settings) {
        const session = await ctx.sftp.open(settings);
        return {
          ...session,
          upload: (source, path) => upload(() => session.upload(source, path), path),
        };
      },
    },
  };
}

test.each([
  ['before the upload', () => Promise.reject(new Error('killed'))],
  [
    'between the upload and its note',
    async (real: () => Promise<void>) => {
      await real();
      throw new Error('killed');
    },
  ],
])('a kill %s leads to the same one file', async (_, upload) => {
  await using world = await peopled(3);
  await leave(world, 1);
  await flowBack(world, withUpload(world.ctx, upload));
  const [planned] = await world.ctx.db.sql<{ name: string; status: string }>(
    'SELECT name, status FROM consent_export',
  );
  await leave(world, 2);
  const after = await flowBack(world);

  expect(planned?.status).toBe('planned');
  expect(filesIn(world)).toEqual([planned?.name, after.files[1]?.name]);
  expect(filesIn(world).map((name) => keysOf(world, name))).toEqual([['1'], ['2']]);
  expect(await world.ctx.db.sql(`SELECT 1 FROM consent_export WHERE status <> 'written'`)).toEqual([]);
});

test('a look goes on where the turn before it ended', async () => {
  await using world = await peopled(3, { connection: DAILY });
  const { ctx, shopId } = world;
  for (let id = 1_000; id < 1_250; id += 1) {
    await leave(world, id);
  }
  await leave(world, 3);
  const over = new AbortController();
  const reads: string[] = [];
  const stopping: Context = {
    ...ctx,
    klaviyo: {
      connect(...key) {
        const client = ctx.klaviyo.connect(...key);
        return {
          ...client,
          async send(request, ...signals) {
            const answer = await client.send(request, ...signals);
            reads.push(request.path);
            if (request.operation === 'getProfiles') {
              over.abort();
            }
            return answer;
          },
        };
      },
    },
  };
  const input = { connectionId: await connectionId(world), halt: NEVER };
  const first = await takeConsentTurn(stopping, shopId, { ...input, over: over.signal });
  const [stood] = await ctx.db.sql<{ look: object; mark: Date }>(
    'SELECT consent_look AS look, consent_mark_email AS mark FROM connection',
  );
  await work(world);

  expect(first.againInMs).not.toBeNull();
  expect(reads.filter((path) => path.includes('suppression.timestamp'))).toHaveLength(1);
  expect(stood?.look).toMatchObject({ channel: 'email', cursor: expect.any(String) as string });
  expect(stood?.mark).toBeInstanceOf(Date);
  expect(keysOf(world)).toEqual(['3']);
});

test('a page that Klaviyo no longer knows is no end: the look begins anew where it stood', async () => {
  await using world = await peopled(1);
  await leave(world, 1);
  await world.ctx.db.sql(
    `UPDATE connection SET consent_look = '{"channel": "email", "from": "2010-01-01T00:00:00Z", "cursor": "nonsense"}'`,
  );

  expect(await flowBack(world)).toMatchObject({ files: [{ people: 1 }], problems: [] });
});

test('a refused key is told, nothing is lost, and the alert goes when the key works again', async () => {
  await using world = await peopled(1);
  const { ctx } = world;
  await leave(world, 1);
  const key = (body: object) =>
    fetch(`${world.klaviyo.url}/_keys`, {
      method: 'POST',
      body: JSON.stringify({ key: 'pk_local', ...body }),
    });
  await key({ revoke: true });
  const refused = await flowBack(world);
  const alerts = await ctx.db.sql<{ message: string }>('SELECT message FROM alert WHERE resolved_at IS NULL');
  await key({});
  const mended = await flowBack(world);

  expect(refused.problems).toMatchObject([{ code: 'klaviyo_key_refused' }]);
  expect(alerts).toHaveLength(1);
  expect(alerts[0]?.message).toMatch(/^Who left in Klaviyo could not be told to Apparel21\. Klaviyo refuses/);
  expect(mended.files).toMatchObject([{ people: 1 }]);
  expect(await ctx.db.sql('SELECT 1 FROM alert WHERE resolved_at IS NULL')).toEqual([]);
});

test('an alert about what is switched off since is closed', async () => {
  await using world = await peopled(1, { connection: DAILY });
  await leave(world, 1);
  await flowBack(
    world,
    withUpload(world.ctx, () => Promise.reject(new Error('down'))),
  );
  const open = () => world.ctx.db.sql('SELECT 1 FROM alert WHERE resolved_at IS NULL');
  const before = await open();
  await world.apply(world.yaml.replace(DAILY, '    consentBack: off'));

  expect([before.length, (await open()).length]).toEqual([1, 0]);
});

test('a paused connection is left alone, and says so to who asks', async () => {
  await using world = await peopled(1, { connection: DAILY });
  const { ctx, shopId } = world;
  const id = await connectionId(world);
  await leave(world, 1);
  await pauseConnection(ctx, shopId, { connectionId: id, isPaused: true, actor: 'test' });

  expect(await claimDueConsentLooks(ctx)).toEqual([]);
  await work(world);
  expect(await flowBack(world)).toMatchObject({ files: [], problems: [{ code: 'paused' }] });
  expect(await askConsentFile(ctx, shopId, { connectionId: id, actor: 'test' })).toMatchObject({ ok: false });
  expect(filesIn(world)).toEqual([]);
});

test('a person’s wish is worked once, also while the schedule is off, and stands in the audit trail', async () => {
  await using world = await peopled(1);
  const { ctx, shopId } = world;
  const id = await connectionId(world);
  await leave(world, 1);
  const asked = await askConsentFile(ctx, shopId, { connectionId: id, actor: 'Kim' });
  const due = await claimDueConsentLooks(ctx);
  await work(world);

  expect(asked).toMatchObject({ ok: true });
  expect(due).toEqual([{ shopId, connectionId: id }]);
  expect(keysOf(world)).toEqual(['1']);
  expect(await ctx.db.sql('SELECT 1 FROM connection WHERE consent_wanted_at IS NOT NULL')).toEqual([]);
  expect(
    await ctx.db.sql(`SELECT actor, subject FROM audit_log WHERE action = 'write consent file'`),
  ).toEqual([{ actor: 'Kim', subject: 'Klaviyo AU' }]);
});

test('two shops with one Klaviyo account know nothing of each other', async () => {
  await using world = await peopled(2);
  const { ctx } = world;
  const yaml = world.yaml
    .replace(/^shop: .*$/m, 'shop: other.myshopify.com')
    .replace('/pending/au', '/pending/other');
  const parsed = parseShopFile(yaml, world.env);
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.problems));
  }
  const other = await applyShopFile(ctx, parsed.config, { actor: 'test', dryRun: false });
  await ctx.db.sql(
    `INSERT INTO customer (shop_id, connection_id, external_id, email, source, source_hash, rules_hash, status)
     SELECT shop_id, id, 'other', 'person1@shop.example', '{}', '', '', 'synced' FROM connection WHERE shop_id = $1`,
    [other.shopId],
  );
  await leave(world, 1);
  await flowBack(world);

  expect(keysOf(world)).toEqual(['1']);
  expect(filesIn(world, '/outbound/other')).toEqual([]);
  expect(await ctx.db.sql('SELECT 1 FROM consent_leaving WHERE shop_id = $1', [other.shopId])).toEqual([]);
  expect(
    await askConsentFile(ctx, other.shopId ?? '', { connectionId: await connectionId(world), actor: 'x' }),
  ).toBeNull();
});

test('who is erased between plan and file is in no file', async () => {
  await using world = await peopled(2);
  await leave(world, 1);
  await flowBack(
    world,
    withUpload(world.ctx, () => Promise.reject(new Error('killed'))),
  );
  await eraseByEmail(world, 'person1@shop.example');
  const after = await flowBack(world);

  expect(after).toMatchObject({ files: [], problems: [] });
  expect(filesIn(world)).toEqual([]);
  expect(await world.ctx.db.sql('SELECT 1 FROM consent_leaving')).toEqual([]);
  expect(await world.ctx.db.sql('SELECT 1 FROM consent_export')).toEqual([]);
});
