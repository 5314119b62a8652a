import { expect, test } from 'vitest';
import type { FormAnswer } from '#app/domain/form-answer.ts';
import type { Rule } from '#app/domain/rules.ts';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import { mappingHistory } from '#app/queries/mapping-history.server.ts';
import { mappingPage, newMappingPage } from '#app/queries/mapping-page.server.ts';
import { mappingsPage } from '#app/queries/mappings-page.server.ts';
import { readMappings } from '#app/queries/stored-mapping.server.ts';
import { moveMapping } from '#app/services/move-mapping.server.ts';
import { removeMapping } from '#app/services/remove-mapping.server.ts';
import { restoreMapping } from '#app/services/restore-mapping.server.ts';
import { saveMapping, type MappingInput } from '#app/services/save-mapping.server.ts';
import { toggleMapping } from '#app/services/toggle-mapping.server.ts';
import { createShop } from '#test/builders/shops.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const ACTOR = 'Shopify user 7';
const MAPPINGS = `
mappings:
  - { scope: customer, target: first_name, description: First, rules: [ { template: '{{ FIRSTNAME }}' } ] }
  - { scope: customer, target: last_name, description: Last, rules: [ { template: '{{ SURNAME }}' } ] }
  - { scope: reward, target: event.name, rules: [ { template: 'Reward' } ] }
  - { scope: customer, target: properties.City, rules: [ { template: '{{ CITY }}' } ] }`;

function worldWithMappings(): Promise<World> {
  return createWorld({ extra: MAPPINGS });
}

const at = (world: World) => ({ id: world.shopId, timezone: 'Australia/Sydney' });

async function idOf(world: World, target: string): Promise<string> {
  const all = await readMappings(world.ctx.db.sql, world.shopId);
  return all.find((one) => one.target === target)?.id ?? '';
}

/** What the page would send for a mapping, with some of it changed. */
async function inputFor(
  world: World,
  target: string,
  change: Partial<MappingInput['draft']> & { connectionId?: string | null } = {},
): Promise<MappingInput> {
  const all = await readMappings(world.ctx.db.sql, world.shopId);
  const stored = all.find((one) => one.target === target);
  if (stored === undefined) {
    throw new Error(`no mapping of ${target}`);
  }
  const { id, version, scope, description, blank, rules } = stored;
  const { connectionId = stored.connectionId, ...draft } = change;
  return {
    mappingId: id,
    version,
    connectionId,
    draft: { scope, target, description, blank, rules, ...draft },
    actor: ACTOR,
  };
}

async function save(world: World, input: MappingInput): Promise<FormAnswer | null> {
  return saveMapping(world.ctx, world.shopId, input);
}

async function order(world: World): Promise<string[]> {
  return (await readMappings(world.ctx.db.sql, world.shopId)).map(({ target }) => target);
}

async function lastAudit(world: World): Promise<{ actor: string; action: string; changes: unknown }> {
  const [line] = await world.ctx.db.sql<{ actor: string; action: string; changes: unknown }>(
    'SELECT actor, action, changes FROM audit_log WHERE shop_id = $1 ORDER BY created_at DESC LIMIT 1',
    [world.shopId],
  );
  return line ?? { actor: '', action: '', changes: null };
}

test('a saved mapping is what the next file is read with', async () => {
  await using world = await worldWithMappings();
  const rules: Rule[] = [
    { when: { all: [{ column: 'CITY', is: 'not-empty' }] }, template: '{{ CITY | upcase }}' },
  ];

  await save(world, await inputFor(world, 'properties.City', { rules }));

  const [scope] = await loadConnections(world.ctx, world.shopId);
  expect(scope?.rules.mappings.find(({ target }) => target === 'properties.City')?.rules).toEqual(rules);
});

test('saving keeps what the mapping was and writes before and after into the audit trail', async () => {
  await using world = await worldWithMappings();

  await save(
    world,
    await inputFor(world, 'properties.City', { rules: [{ template: '{{ CITY | upcase }}' }] }),
  );

  const history = await mappingHistory(world.ctx, at(world), {
    mappingId: await idOf(world, 'properties.City'),
    before: null,
  });
  expect(history?.versions.map(({ kind, madeBy, changes }) => [kind, madeBy, changes.length])).toEqual([
    ['current', ACTOR, 1],
    ['earlier', null, 8],
  ]);
  expect(await lastAudit(world)).toEqual({
    actor: ACTOR,
    action: 'save mapping',
    changes: [
      {
        path: 'mappings[customer properties.City].rules[0].template',
        before: '{{ CITY }}',
        after: '{{ CITY | upcase }}',
      },
    ],
  });
});

test('mistakes of shop.yaml are mistakes here, each with the path of its field', async () => {
  await using world = await worldWithMappings();

  const answer = await save(
    world,
    await inputFor(world, 'properties.City', {
      target: 'nothing.like.it',
      rules: [
        { when: { all: [{ column: '', is: 'not-empty' }] }, template: '{{ CITY | shout }}' },
        { when: { any: [{ column: 'CITY', is: 'matches', value: '(' }] }, template: '{{ CITY' },
      ],
    }),
  );

  expect(answer?.ok === false && answer.problems.map(({ field }) => field).sort()).toEqual([
    'rules.0.template',
    'rules.0.when.all.0.column',
    'rules.1.template',
    'rules.1.when.any.0.value',
    'target',
  ]);
});

test('a mistake of a template names line and column', async () => {
  await using world = await worldWithMappings();

  const answer = await save(
    world,
    await inputFor(world, 'properties.City', { rules: [{ template: '{{ CITY }}\n{% wrong %}' }] }),
  );

  expect(answer?.ok === false && answer.problems[0]?.message).toContain('(line 2, column 1)');
});

test('saving over the change of somebody else is refused and says who and when', async () => {
  await using world = await worldWithMappings();
  const mine = await inputFor(world, 'properties.City', { description: 'Mine' });
  await save(world, {
    ...(await inputFor(world, 'properties.City', { description: 'Theirs' })),
    actor: 'Shopify user 8',
  });

  const answer = await save(world, mine);

  expect(answer?.ok === false && answer.problems.map(({ field }) => field)).toEqual(['version']);
  expect(answer?.ok === false && answer.problems[0]?.message).toMatch(/by Shopify user 8 at \d+ \w+ \d{4}, /);
});

test('moving a mapping is no change that somebody who edits it would lose', async () => {
  await using world = await worldWithMappings();
  const input = await inputFor(world, 'properties.City', { description: 'Mine' });
  await moveMapping(world.ctx, world.shopId, { mappingId: input.mappingId, beforeId: null, actor: ACTOR });

  expect(await save(world, input)).toEqual({ ok: true, message: 'Mapping saved' });
});

test('a new mapping stands at the end, and a repeat of its saving makes no second', async () => {
  await using world = await worldWithMappings();
  const page = await newMappingPage(world.ctx, world.shopId, {
    scope: 'reward',
    connectionId: null,
    from: null,
  });
  const input: MappingInput = {
    mappingId: page.id,
    version: null,
    connectionId: null,
    draft: {
      scope: 'reward',
      target: 'properties.Tier',
      description: '',
      blank: 'keep',
      rules: [{ template: '{{ TIER_NAME }}' }],
    },
    actor: ACTOR,
  };

  expect(await save(world, input)).toEqual({ ok: true, message: 'Mapping added' });
  expect(await save(world, input)).toEqual({ ok: true, message: 'Mapping saved' });

  expect(await order(world)).toEqual([
    'first_name',
    'last_name',
    'event.name',
    'properties.City',
    'properties.Tier',
  ]);
});

test('the history of a mapping begins with who made it, and what it was before is nothing at all', async () => {
  await using world = await worldWithMappings();
  const draft = { ...(await inputFor(world, 'properties.City')).draft, target: 'properties.Town' };
  const mappingId = '5d0d4f5c-6f0b-4f0e-9a53-2b7f1c1f7a01';
  const made: MappingInput = { mappingId, version: null, connectionId: null, draft, actor: ACTOR };
  await save(world, made);
  await save(world, { ...(await inputFor(world, 'properties.Town', { description: 'Town' })), actor: 'Ben' });

  const history = await mappingHistory(world.ctx, at(world), { mappingId, before: null });

  expect(history?.versions.map(({ kind, madeBy, isFirst }) => [kind, madeBy, isFirst])).toEqual([
    ['current', 'Ben', false],
    ['earlier', ACTOR, true],
  ]);
  const kept = await world.ctx.db.sql(
    'SELECT snapshot IS NULL AS "isNothing" FROM mapping_revision WHERE mapping_id = $1 ORDER BY created_at',
    [mappingId],
  );
  expect(kept).toEqual([{ isNothing: true }, { isNothing: false }]);
});

test('the scope of a mapping stays what it is', async () => {
  await using world = await worldWithMappings();

  await save(world, await inputFor(world, 'first_name', { scope: 'reward', description: 'Changed' }));

  const all = await readMappings(world.ctx.db.sql, world.shopId);
  expect(all.find(({ target }) => target === 'first_name')).toMatchObject({
    scope: 'customer',
    description: 'Changed',
  });
});

test('moving changes the order in its scope and nowhere else', async () => {
  await using world = await worldWithMappings();
  const mappingId = await idOf(world, 'properties.City');
  const beforeId = await idOf(world, 'first_name');

  await moveMapping(world.ctx, world.shopId, { mappingId, beforeId, actor: ACTOR });

  expect(await order(world)).toEqual(['properties.City', 'first_name', 'event.name', 'last_name']);
  expect(await lastAudit(world)).toMatchObject({
    action: 'move mapping',
    changes: [{ path: 'mappings[customer properties.City].place', before: '3', after: '1' }],
  });
});

test('moving before a mapping that is gone is refused', async () => {
  await using world = await worldWithMappings();
  const beforeId = await idOf(world, 'first_name');
  await removeMapping(world.ctx, world.shopId, { mappingId: beforeId, actor: ACTOR });

  const answer = await moveMapping(world.ctx, world.shopId, {
    mappingId: await idOf(world, 'properties.City'),
    beforeId,
    actor: ACTOR,
  });

  expect(answer?.ok).toBe(false);
});

test('a removed mapping comes back to its place from the list', async () => {
  await using world = await worldWithMappings();
  const mappingId = await idOf(world, 'first_name');
  const before = await order(world);
  await removeMapping(world.ctx, world.shopId, { mappingId, actor: ACTOR });
  const [removed] = (await mappingsPage(world.ctx, at(world), 'customer')).removed;

  await restoreMapping(world.ctx, world.shopId, {
    mappingId,
    revisionId: removed?.revisionId ?? '',
    actor: ACTOR,
  });

  expect(removed).toMatchObject({ id: mappingId, name: 'First name', removedBy: ACTOR });
  expect(await order(world)).toEqual(before);
});

test('restoring a version is a new version, so that it can be taken back', async () => {
  await using world = await worldWithMappings();
  const mappingId = await idOf(world, 'properties.City');
  await save(world, await inputFor(world, 'properties.City', { description: 'Second' }));
  const history = await mappingHistory(world.ctx, at(world), { mappingId, before: null });
  const revisionId = history?.versions[1]?.revisionId ?? '';

  await restoreMapping(world.ctx, world.shopId, { mappingId, revisionId, actor: ACTOR });

  const after = await mappingHistory(world.ctx, at(world), { mappingId, before: null });
  expect((await mappingPage(world.ctx, world.shopId, mappingId))?.form.description).toBe('');
  expect(after?.versions).toHaveLength(3);
});

test('a version that names a translation table which is gone cannot be restored', async () => {
  await using world = await worldWithMappings();
  const mappingId = await idOf(world, 'properties.City');
  const rules = [{ template: '{{ CITY | translate: "stores" }}' }];
  await save(world, await inputFor(world, 'properties.City', { rules }));
  await save(world, await inputFor(world, 'properties.City', { rules: [{ template: '{{ CITY }}' }] }));
  await world.ctx.db.sql("DELETE FROM translation_table WHERE shop_id = $1 AND name = 'stores'", [
    world.shopId,
  ]);
  const history = await mappingHistory(world.ctx, at(world), { mappingId, before: null });

  const answer = await restoreMapping(world.ctx, world.shopId, {
    mappingId,
    revisionId: history?.versions[1]?.revisionId ?? '',
    actor: ACTOR,
  });

  expect(answer?.ok === false && answer.problems[0]?.message).toContain('no translation table "stores"');
});

test('a long history comes in pages of which none repeats or leaves out a version', async () => {
  await using world = await worldWithMappings();
  const mappingId = await idOf(world, 'properties.City');
  await world.ctx.db.sql(
    `INSERT INTO mapping_revision (shop_id, mapping_id, snapshot, actor, created_at)
     SELECT m.shop_id, m.id, to_jsonb(m) || jsonb_build_object('description', 'v' || n), 'user ' || n, now() - make_interval(mins => 200 - n)
       FROM mapping m, generate_series(1, 110) n WHERE m.id = $1`,
    [mappingId],
  );

  const makers: (string | null)[] = [];
  let before: string | null = null;
  let pages = 0;
  do {
    const page = await mappingHistory(world.ctx, at(world), { mappingId, before });
    makers.push(...(page?.versions ?? []).map(({ madeBy }) => madeBy));
    before = page?.older ?? null;
    pages += 1;
  } while (before !== null);

  expect(pages).toBe(3);
  expect(makers).toEqual([...Array.from({ length: 110 }, (_, index) => `user ${110 - index}`), null]);
});

test('a mapping that is switched off is asked for nothing and outlives an applied file', async () => {
  await using world = await worldWithMappings();
  const mappingId = await idOf(world, 'properties.City');
  await toggleMapping(world.ctx, world.shopId, { mappingId, enabled: false, actor: ACTOR });
  const [scope] = await loadConnections(world.ctx, world.shopId);

  await world.apply(world.yaml.replace('description: First', 'description: Given name'));

  expect(scope?.rules.mappings.map(({ target }) => target)).not.toContain('properties.City');
  const all = await readMappings(world.ctx.db.sql, world.shopId);
  expect(all.filter(({ target }) => target === 'properties.City').map(({ enabled }) => enabled)).toEqual([
    false,
    true,
  ]);
});

test('applying a file again and again leaves what is switched off at its place, and no place is given twice', async () => {
  await using world = await worldWithMappings();
  for (const target of ['first_name', 'last_name']) {
    const mappingId = await idOf(world, target);
    await toggleMapping(world.ctx, world.shopId, { mappingId, enabled: false, actor: ACTOR });
  }
  const placesOf = async () =>
    (
      await world.ctx.db.sql<{ position: number; target: string; enabled: boolean }>(
        'SELECT position, target, enabled FROM mapping ORDER BY position, id',
      )
    ).map(({ position, target, enabled }) => ({ position, target, enabled }));

  await world.apply(world.yaml.replace('description: First', 'description: Given name'));
  const once = await placesOf();
  await world.apply(world.yaml);

  expect(await placesOf()).toEqual(once);
  expect(once.map(({ position }) => position)).toEqual(once.map((_, index) => index));
});

test('a mapping of another shop can be neither seen nor saved, moved, switched, removed or restored', async () => {
  await using world = await worldWithMappings();
  const other = await createShop(world.ctx.db, 'other.myshopify.com');
  const mine = await inputFor(world, 'properties.City', { description: 'Stolen' });
  const { mappingId } = mine;
  await removeMapping(world.ctx, world.shopId, {
    mappingId: await idOf(world, 'last_name'),
    actor: ACTOR,
  });
  const [removed] = (await mappingsPage(world.ctx, at(world), 'customer')).removed;
  const shop = { id: other.shopId, timezone: 'UTC' };

  expect(await mappingPage(world.ctx, shop.id, mappingId)).toBeNull();
  expect(await mappingHistory(world.ctx, shop, { mappingId, before: null })).toBeNull();
  expect(await saveMapping(world.ctx, shop.id, mine)).toBeNull();
  expect(await saveMapping(world.ctx, shop.id, { ...mine, version: null })).toBeNull();
  expect(await moveMapping(world.ctx, shop.id, { mappingId, beforeId: null, actor: ACTOR })).toBeNull();
  expect(await toggleMapping(world.ctx, shop.id, { mappingId, enabled: false, actor: ACTOR })).toBeNull();
  expect(await removeMapping(world.ctx, shop.id, { mappingId, actor: ACTOR })).toBeNull();
  expect(
    await restoreMapping(world.ctx, shop.id, {
      mappingId: removed?.id ?? '',
      revisionId: removed?.revisionId ?? '',
      actor: ACTOR,
    }),
  ).toBeNull();
  expect((await mappingsPage(world.ctx, shop, 'customer')).mappings).toEqual([]);
});

test('a connection of another shop is no connection of this one', async () => {
  await using world = await worldWithMappings();
  const other = await createShop(world.ctx.db, 'other.myshopify.com');

  const answer = await save(
    world,
    await inputFor(world, 'properties.City', { connectionId: other.connectionId }),
  );

  expect(answer?.ok === false && answer.problems.map(({ field }) => field)).toEqual(['connectionId']);
});
