import { expect, test } from 'vitest';
import type { MappingPreview } from '#app/domain/mapping-preview.ts';
import * as apply from '#app/routes/app.mappings.apply.ts';
import * as preview from '#app/routes/app.mappings.preview.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { loadContext, storeSession, tokenFor } from '#test/builders/web.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const SOMETHING = '00000000-0000-4000-8000-000000000000';
const DRAFT = { scope: 'customer', target: 'properties.City', description: '', blank: 'keep' };
const ASKED = {
  connectionId: null,
  mappingId: null,
  draft: { ...DRAFT, rules: [{ template: '{{ CITY }}' }] },
  row: { by: 'newest', offset: 0 },
};

async function worldOfOne(): Promise<World> {
  const world = await createWorld();
  world.put('/pending/au/customers_20260101T000000Z.csv', customersCsv(people(1)));
  await world.sync({ steps: { intake: true, push: false } });
  await storeSession(world.ctx, SHOP);
  return world;
}

function ask(world: World, path: string, body?: unknown) {
  const headers = {
    authorization: `Bearer ${tokenFor(SHOP)}`,
    'user-agent': BROWSER,
    'content-type': 'application/json',
  };
  const request = new Request(`https://threadline.test${path}`, {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { request, context: loadContext(world.ctx), params: {} };
}

test("the preview answers the editor with a row of the session's shop", async () => {
  await using world = await worldOfOne();
  const answer = await preview.action(ask(world, '/app/mappings/preview', ASKED));
  const seen = (await answer.json()) as MappingPreview;
  expect(seen).toMatchObject({ matchedRule: 0, result: '"Sydney"', sample: { rows: 1 } });
});

test('a mapping that the shop does not have is not found, and a body of another version is refused', async () => {
  await using world = await worldOfOne();
  const codes = [];
  for (const body of [
    { ...ASKED, mappingId: SOMETHING },
    { ...ASKED, row: { by: 'magic' } },
  ]) {
    const answer = await preview
      .action(ask(world, '/app/mappings/preview', body))
      .catch((thrown: unknown) => thrown);
    codes.push((answer as Response).status);
  }
  expect(codes).toEqual([404, 400]);
});

test('applying counts first and starts a task that says who asked', async () => {
  await using world = await worldOfOne();
  const [mapping] = await world.ctx.db.sql<{ id: string }>(
    `UPDATE mapping SET rules = '[{"template":"Perth"}]' WHERE target = 'location.city' RETURNING id`,
  );
  const input = { mappingId: mapping?.id ?? '', connectionId: null };
  expect(
    await (await apply.action(ask(world, '/app/mappings/apply', { intent: 'count', ...input }))).json(),
  ).toEqual({
    checked: 1,
    wouldChange: 1,
    isEstimate: false,
  });
  expect(
    await (await apply.action(ask(world, '/app/mappings/apply', { intent: 'start', ...input }))).json(),
  ).toEqual({
    ok: true,
    message: 'Update started',
  });
  const [audit] = await world.ctx.db.sql(
    `SELECT action, subject FROM audit_log ORDER BY created_at DESC LIMIT 1`,
  );
  expect(audit).toEqual({ action: 'apply mapping to existing records', subject: 'City' });
});

test('who opens the address of an answer is sent to the mappings', async () => {
  await using world = await worldOfOne();
  for (const route of [preview, apply]) {
    const answer = await route.loader(ask(world, '/app/mappings/preview'));
    expect(answer.headers.get('location')).toBe('/app/mappings');
  }
});
