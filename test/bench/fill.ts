import type { Context } from '#app/context.ts';
import { parseShopFile } from '#app/domain/shop-file.ts';
import { foldFigures } from '#app/pipeline/fold-figures.ts';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';

export const SHOP = 'bench.myshopify.com';

/** How much a full shop holds; `scale` makes all of it smaller. */
const SIZES = {
  customers: 1_000_000,
  orders: 200_000,
  rewards: 20_000,
  files: 400,
  errors: 50_000,
  /** Of them in one file. */
  errorsOfOne: 30_000,
  revisions: 200,
  misses: 2_000,
  decisions: 300_000,
  items: 100_000,
};

/** Rows of one INSERT: the triggers of the record tables keep a statement's rows in memory. */
const ROWS_A_STATEMENT = 50_000;

const YAML = `shop: ${SHOP}
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: 22, username: bench, password: bench, hostKey: 'SHA256:bench' }
connections:
  - { name: Klaviyo AU, apiKey: pk_bench_au, directory: /pending/au, list: Retail Customers }
  - { name: Klaviyo NZ, apiKey: pk_bench_nz, directory: /pending/nz, list: Retail Customers }
`;

/**
 * Fills an empty database with a shop of a million customers as years of use leave it: two connections, mixed statuses, times
 * spread over ninety days. By set-based SQL, without importing anything. Returns the shop's id.
 */
export async function fillShop(
  ctx: Context,
  { scale, say }: { scale: number; say: (text: string) => void },
): Promise<string> {
  const parsed = parseShopFile(YAML, {});
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.problems));
  }
  const { shopId } = await applyShopFile(ctx, parsed.config, { actor: 'bench', dryRun: false });
  const shop = shopId ?? '';
  const sized = Object.fromEntries(
    Object.entries(SIZES).map(([name, size]) => [name, name === 'files' ? size : Math.ceil(size * scale)]),
  ) as typeof SIZES;
  const { sql } = ctx.db;
  await sql(
    "CREATE TABLE bench_file AS SELECT 0 AS place, 0 AS connection, NULL::uuid AS run, '' AS kind LIMIT 0",
  );
  const [scope] = await loadConnections(ctx, shop);
  await sql(FILES, [shop, sized.files, JSON.stringify(scope?.rules), scope?.rulesHash]);
  await sql(
    `INSERT INTO bench_file SELECT row_number() OVER (PARTITION BY f.connection_id, f.kind ORDER BY f.name) - 1, c.position, r.id, f.kind
       FROM source_file f JOIN import_run r ON r.file_id = f.id JOIN connection c ON c.id = f.connection_id`,
  );
  for (const [name, statement] of [
    ['customers', CUSTOMERS],
    ['orders', ORDERS],
    ['rewards', REWARDS],
  ] as const) {
    for (let from = 1; from <= sized[name]; from += ROWS_A_STATEMENT) {
      const to = Math.min(sized[name], from + ROWS_A_STATEMENT - 1);
      await sql(statement, [shop, from, to, sized.customers]);
      say(`${name} ${to} of ${sized[name]}`);
    }
  }
  say('errors, decisions, batches');
  await sql(ERRORS, [shop, sized.errors, sized.errorsOfOne]);
  await sql(DECISIONS, [shop, sized.decisions]);
  await sql(BATCHES, [shop, Math.ceil(sized.items / 1_000)]);
  await sql(ITEMS, [sized.items]);
  await sql(REVISIONS, [shop, sized.revisions]);
  await sql(MISSES, [shop, sized.misses]);
  await sql(ENTRIES, [shop]);
  await sql(DAYS, [shop]);
  await sql(LOGS, [shop]);
  await sql('DROP TABLE bench_file');
  for (const { id } of await sql<{ id: string }>('SELECT id FROM connection WHERE shop_id = $1', [shop])) {
    await foldFigures(ctx, shop, { connectionId: id });
  }
  say('statistics');
  await sql('VACUUM ANALYZE');
  return shop;
}

const CONNECTION = '(SELECT id FROM connection WHERE shop_id = $1 AND position = n % 2)';

/** `$1` shop, `$2` how many. */
const FILES = `
WITH files AS (
  SELECT n, ${CONNECTION} AS connection, (ARRAY['customers', 'orders', 'rewards'])[1 + (n / 2) % 3] AS kind,
         now() - (n / 2) * interval '10 hours' AS stamp
    FROM generate_series(0, $2::int - 1) n
), made AS (
  INSERT INTO source_file (shop_id, connection_id, lane, kind, path, name, stamp, size, modified_at, status, sha256, format, first_seen_at, archived_at)
  SELECT $1, connection, 'pending', kind, '/processed/' || n || '.csv', kind || '_' || to_char(stamp, 'YYYYMMDD"T"HH24MISS"Z"') || '.csv',
         stamp, 90000000, stamp, 'archived', md5(n::text),
         jsonb_build_object('encoding', 'utf-8', 'delimiter', ',', 'newline', E'\\n', 'header', CASE kind
           WHEN 'customers' THEN '["PERIDX","FIRSTNAME","SURNAME","ADRS1","CITY","STATE","POSTCODE","COUNTRY","MOBILE","EMAIL","PRIVACY","LAST_UPDATED","STORE_CODE"]'::jsonb
           ELSE '["ORDER_ID","ORDER_NUMBER","PERIDX","ORDER_DATE","LINE_ID","STYLE_NAME","QUANTITY","VALUE"]'::jsonb END), stamp, stamp
    FROM files RETURNING id, connection_id, stamp)
INSERT INTO import_run (shop_id, connection_id, file_id, status, rules, rules_hash, total_rows, checkpoint, read, created, changed,
  unchanged, rejected, started_at, imported_at, settled_at)
SELECT $1, connection_id, id, 'imported', $3, $4, 5000, '{"row": 4999, "partition": 0}', 5000, 1000, 3000, 900, 100, stamp, stamp, stamp
  FROM made`;

const STATUS = `(CASE WHEN n % 100 < 88 THEN 'synced' WHEN n % 100 < 93 THEN 'pending' WHEN n % 100 < 96 THEN 'failed'
  WHEN n % 100 < 98 THEN 'skipped' WHEN n % 100 = 98 THEN 'held' ELSE 'sending' END)`;
const TIME = `(now() - (hashint4(n) & 8191) * interval '15 minutes' - (n % 900) * interval '1 second')`;

function runOf(kind: string): string {
  return `(SELECT f.run FROM bench_file f WHERE f.kind = '${kind}' AND f.connection = n % 2
    AND f.place = n % (SELECT count(*) FROM bench_file g WHERE g.kind = '${kind}' AND g.connection = n % 2))`;
}

/** `$1` shop, `$2` to `$3` numbers. */
const CUSTOMERS = `
INSERT INTO customer (id, shop_id, connection_id, external_id, source, source_hash, rules_hash, payload, payload_hash, payload_bytes,
  synced_hash, status, reason, run_id, line, created_at, updated_at, synced_at, email, phone, source_updated_at, arrived_at, list_name,
  consent_email, consent_email_done, issues)
SELECT uuidv7(), $1, ${CONNECTION}, n::text,
  jsonb_build_object('PERIDX', n::text, 'FIRSTNAME', 'ANNA', 'SURNAME', 'SMITH ' || n, 'ADRS1', n || ' High Street', 'CITY',
    (ARRAY['Sydney', 'Melbourne', 'Perth', 'Brisbane'])[1 + n % 4], 'STATE', 'NSW', 'POSTCODE', '2000', 'COUNTRY', 'Australia',
    'MOBILE', '04' || lpad((n % 100000000)::text, 8, '0'), 'EMAIL', 'person' || n || '@shop.example', 'PRIVACY', 'No',
    'LAST_UPDATED', '2026-01-01T10:00:00', 'CREATED_DATE', '2020-01-01T10:00:00', 'JOINED_STORE_CODE', 'SYD01', 'STORE_CODE', 'SYD' || n % 40),
  md5(n::text), 'bench',
  jsonb_build_object('attributes', jsonb_build_object('email', 'person' || n || '@shop.example', 'external_id', n::text, 'phone_number',
    '+614' || lpad((n % 100000000)::text, 8, '0'), 'first_name', 'Anna', 'last_name', 'Smith', 'location', jsonb_build_object('city',
    'Sydney', 'region', 'NSW', 'zip', '2000', 'country', 'Australia', 'address1', n || ' High Street'), 'properties',
    jsonb_build_object('AP21 Person ID', n::text, 'Joined Store', 'Sydney Pitt St', 'Latest Store', 'SYD' || n % 40)),
    'unset', '[]'::jsonb, 'clear', '[]'::jsonb, 'list', 'Retail Customers'),
  md5('p' || n), 600, CASE WHEN n % 100 < 88 THEN md5('p' || n) END, ${STATUS},
  CASE WHEN n % 100 BETWEEN 96 AND 97 THEN jsonb_build_object('code', 'shared_email', 'message', 'Another person has the same e-mail.')
       WHEN n % 100 BETWEEN 93 AND 95 THEN jsonb_build_object('code', 'invalid_phone', 'message', 'Klaviyo does not take this phone number.') END,
  ${runOf('customers')}, n % 5000, ${TIME}, ${TIME}, ${TIME},
  'person' || CASE WHEN n % 100 BETWEEN 96 AND 97 THEN n - 2 ELSE n END || '@shop.example', NULL, ${TIME}, ${TIME}, 'Retail Customers',
  'subscribe', 'subscribe', CASE WHEN n % 5 = 0 THEN '{no_address}'::text[] WHEN n % 7 = 0 THEN '{bad_phone}' WHEN n % 11 = 0
  THEN '{bad_email,bad_phone}' WHEN n % 1000 = 1 THEN '{bad_date}' ELSE '{}' END
FROM generate_series($2::int, $3::int) n WHERE $4::int > 0`;

function events(table: string, kind: string, source: string, part: string, status: string): string {
  return `
INSERT INTO ${table} (id, shop_id, connection_id, external_id, source, source_hash, rules_hash, payload, payload_hash, payload_bytes,
  synced_hash, status, reason, run_id, line, created_at, updated_at, synced_at, customer_key, label, occurred_at, event_count, sent_parts)
SELECT uuidv7(), $1, ${CONNECTION}, n::text, ${source}, md5(n::text), 'bench',
  jsonb_build_object('events', jsonb_build_array(jsonb_build_object('part', '${part}', 'name', 'In-Store Event', 'uniqueId', 'tl-bench-' || n,
    'time', '2026-01-01T10:00:00+11:00', 'value', 100, 'currency', 'AUD', 'properties', jsonb_build_object('Store', 'Sydney Pitt St', 'Items',
    jsonb_build_array(jsonb_build_object('Style', 'Linen Shirt', 'Colour', 'White', 'Size', 'M', 'Price', 100))))),
    'profileProperties', '{}'::jsonb, 'backfill', false),
  md5('p' || n), 500, CASE WHEN n % 100 < 88 THEN md5('p' || n) END, ${status},
  CASE WHEN n % 100 BETWEEN 93 AND 97 THEN jsonb_build_object('code', 'event_refused', 'message', 'Klaviyo does not take this event.') END,
  ${runOf(kind)}, n % 5000, ${TIME}, ${TIME}, ${TIME}, (1 + n % $4::int)::text, 'A' || n, ${TIME}, 1,
  CASE WHEN n % 100 < 88 THEN ARRAY['${part}'] ELSE '{}'::text[] END
FROM generate_series($2::int, $3::int) n`;
}

const WAITING = STATUS.replace("'held'", "'waiting'");
const LINE = `'ORDER_NUMBER', 'A' || n, 'PERIDX', (1 + n % 1000)::text, 'ORDER_DATE', '2026-01-02T12:00:00', 'STORE_CODE', 'SYD01', 'STYLE_NAME',
  'Linen Shirt', 'COLOUR_NAME', 'White', 'SIZE_CODE', 'M', 'QUANTITY', '1', 'PRICE', '100.00', 'VALUE', '100.00', 'CURRENCY', 'AUD'`;
const ORDERS = events(
  '"order"',
  'orders',
  `jsonb_build_object('lines', jsonb_build_array(jsonb_build_object('ORDER_ID', n::text, 'LINE_ID', '1', ${LINE}),
    jsonb_build_object('ORDER_ID', n::text, 'LINE_ID', '2', ${LINE})))`,
  'order',
  WAITING,
);
const REWARDS = events(
  'reward',
  'rewards',
  `jsonb_build_object('REWARD_ID', n::text, 'PERIDX', (1 + n % 1000)::text, 'EVENT_TYPE', 'POINTS_EARNED', 'EVENT_DATE', '2026-01-03T09:00:00',
    'TIER_NAME', 'Gold', 'POINTS_BALANCE', '120', 'POINTS_CHANGE', '20')`,
  'reward',
  WAITING,
);

/** `$2` how many, `$3` of them in the newest file. */
const ERRORS = `
INSERT INTO record_error (shop_id, connection_id, file_id, record_kind, record_key, severity, code, message, line, "column", value, source, created_at)
SELECT $1, f.connection_id, f.id, f.kind, n::text, CASE WHEN n % 3 = 0 THEN 'error' ELSE 'warning' END,
       (ARRAY['bad_phone', 'bad_email', 'bad_date', 'not_a_number'])[1 + n % 4], 'The value of row ' || n || ' cannot be read; it is left out.', n,
       'MOBILE', n::text, jsonb_build_object('PERIDX', n::text, 'MOBILE', n::text), ${TIME}
  FROM generate_series(1, $2::int) n
  JOIN (SELECT *, row_number() OVER (ORDER BY first_seen_at DESC, id DESC) AS place FROM source_file WHERE shop_id = $1) f
    ON f.place = CASE WHEN n <= $3::int THEN 1 ELSE 2 + n % 300 END`;

const DECISIONS = `
INSERT INTO consent_decision (shop_id, connection_id, customer_id, channel, wish, action, code, reason, klaviyo, decided_at)
SELECT $1, connection_id, id, 'email', 'subscribe', 'subscribe', 'subscribe_new', 'Klaviyo has no consent yet.', '{"state": "never"}', updated_at
  FROM (SELECT * FROM customer WHERE shop_id = $1 LIMIT $2::int) c`;

const BATCHES = `
INSERT INTO push_batch (shop_id, connection_id, kind, status, grouping, item_count, job_id, created_at, sent_at, confirmed_at)
SELECT $1, ${CONNECTION}, 'profile-import', 'done', '{}', 1000, 'job ' || n, ${TIME}, ${TIME}, ${TIME}
  FROM generate_series(0, $2::int - 1) n`;

const ITEMS = `
INSERT INTO push_item (batch_id, position, record_kind, record_id, part, payload_hash, open, outcome)
SELECT b.id, (c.n - 1) % 1000, 'customers', c.id, 'profile', c.payload_hash, false, 'done'
  FROM (SELECT id, payload_hash, row_number() OVER () AS n FROM (SELECT * FROM customer LIMIT $1::int) t) c
  JOIN (SELECT id, row_number() OVER () - 1 AS place FROM push_batch) b ON b.place = (c.n - 1) / 1000`;

const REVISIONS = `
INSERT INTO mapping_revision (shop_id, mapping_id, snapshot, actor, created_at)
SELECT $1, m.id, to_jsonb(m), 'Shopify user 1', now() - n * interval '1 hour'
  FROM generate_series(1, $2::int) n, (SELECT * FROM mapping WHERE shop_id = $1 ORDER BY position LIMIT 1) m`;

const MISSES = `
INSERT INTO translation_miss (shop_id, table_name, value, count)
SELECT $1, 'stores', 'STORE ' || n, n FROM generate_series(1, $2::int) n`;

const ENTRIES = `
INSERT INTO translation_entry (table_id, source, target)
SELECT t.id, 'SYD' || n, 'Sydney ' || n FROM translation_table t, generate_series(1, 1000) n WHERE t.shop_id = $1 AND t.name = 'stores'`;

const DAYS = `
INSERT INTO daily_figure (shop_id, connection_id, day, record_kind, synced, failed)
SELECT $1, c.id, current_date - d, k.kind, 1000 + d, d % 7
  FROM connection c, generate_series(0, 89) d, unnest(ARRAY['customers', 'orders', 'rewards']) AS k(kind) WHERE c.shop_id = $1`;

const LOGS = `
WITH alerts AS (
  INSERT INTO alert (shop_id, connection_id, cause, code, message, hint, opened_at, resolved_at)
  SELECT $1, ${CONNECTION}, 'bench ' || n, 'sftp_unreachable', 'The SFTP server did not answer.', 'Check it.', ${TIME}, CASE WHEN n > 3 THEN now() END
    FROM generate_series(1, 200) n)
INSERT INTO audit_log (shop_id, actor, action, subject, changes, created_at)
SELECT $1, 'Shopify user 1', 'save mapping', 'mapping ' || n, '[{"path": "rules", "before": "a", "after": "b"}]', ${TIME}
  FROM generate_series(1, 5000) n`;
