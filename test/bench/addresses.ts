import type { Context } from '#app/context.ts';
import { RECORD_KINDS, RECORD_STATUSES } from '#app/domain/records.ts';
import { RECORD_TABLES } from '#app/pipeline/record-tables.ts';

/** One page to measure: an address, or one with a body to post. `next` = its second page, by the
 * parameter that turns to it.
 * `limitMs` is for what a person asks for and waits for; pages have 150. */
export type Address = { path: string; body?: unknown; next?: 'after' | 'older'; limitMs?: number };

/** Every page of the app, on the fullest thing that it can be about. New pages are added here. */
export async function addressesOf(ctx: Context, shopId: string): Promise<Address[]> {
  const { sql } = ctx.db;
  const one = async (text: string) => (await sql<{ id: string }>(text, [shopId]))[0]?.id ?? 'none';
  const file = await one(
    `SELECT file_id AS id FROM record_error WHERE shop_id = $1 GROUP BY file_id ORDER BY count(*) DESC LIMIT 1`,
  );
  const mapping = await one(`SELECT id FROM mapping WHERE shop_id = $1 ORDER BY position LIMIT 1`);
  const connection = await one(`SELECT id FROM connection WHERE shop_id = $1 ORDER BY position LIMIT 1`);
  const records: Address[] = [];
  for (const kind of RECORD_KINDS) {
    const list = `/app/records/${kind}`;
    const record = await one(`SELECT id FROM ${RECORD_TABLES[kind]} WHERE shop_id = $1 ORDER BY id LIMIT 1`);
    const run = await one(
      `SELECT run_id AS id FROM ${RECORD_TABLES[kind]} WHERE shop_id = $1 AND run_id IS NOT NULL LIMIT 1`,
    );
    records.push(
      { path: list },
      { path: list, next: 'after' },
      ...RECORD_STATUSES.map((status) => ({ path: `${list}?status=${status}` })),
      { path: `${list}?q=${kind === 'customers' ? 'person12345' : 'A1234'}` },
      { path: `${list}?run=${run}` },
      { path: `${list}?connection=${connection}` },
      { path: `${list}?since=7` },
      { path: `${list}?sort=changed-asc` },
      { path: `${list}/${record}` },
    );
  }
  return [
    { path: '/app' },
    ...records,
    { path: '/app/files' },
    { path: '/app/files', next: 'after' },
    { path: '/app/files?tab=held' },
    { path: `/app/files/${file}` },
    { path: `/app/files/${file}?cause=error.bad_phone` },
    { path: '/app/mappings' },
    { path: '/app/mappings?scope=order' },
    { path: `/app/mappings/${mapping}` },
    { path: '/app/mappings/new' },
    ...previews(mapping, connection),
    {
      path: '/app/mappings/apply',
      body: { intent: 'count', mappingId: mapping, connectionId: null },
      limitMs: 1_500,
    },
    { path: '/app/translations' },
    { path: '/app/translations/stores' },
    { path: '/app/translations/stores?view=missing' },
    { path: '/app/settings' },
    { path: '/app/settings/connections/new' },
    { path: `/app/settings/connections/${connection}` },
    { path: `/app/quality/${connection}` },
    { path: '/app/settings/sftp' },
    { path: '/app/settings/columns' },
    { path: '/app/settings/automation' },
    { path: '/app/settings/shop' },
    { path: '/app/settings/configuration' },
    { path: '/app/activity' },
    { path: '/app/activity', next: 'older' },
    { path: '/app/activity?tab=alerts' },
  ];
}

/** A plain rule, one with conditions, and one that needs the template engine. */
function previews(mappingId: string, connectionId: string): Address[] {
  const rules = [
    [{ template: '{{ CITY | upcase }}' }],
    [
      { when: { all: [{ column: 'CITY', is: 'matches', value: '^S.*y$' }] }, template: 'East' },
      { template: '{{ STORE_CODE | translate: "stores" }}' },
    ],
    [{ template: '{% if CITY == "Perth" %}West{% else %}{{ CITY | downcase }}{% endif %}' }],
  ];
  const draft = { scope: 'customer', target: 'properties.City', description: 'City', blank: 'keep' };
  const row = { by: 'newest', offset: 0 };
  return [
    ...rules.map((list) => ({
      path: '/app/mappings/preview',
      body: { connectionId, mappingId, draft: { ...draft, rules: list }, row },
    })),
    {
      path: '/app/mappings/preview',
      body: {
        connectionId: null,
        mappingId: null,
        draft: {
          ...draft,
          scope: 'item',
          target: 'properties.Style',
          rules: [{ template: '{{ STYLE_NAME }}' }],
        },
        row,
      },
    },
  ];
}
