import type { Context } from '../../context.ts';
import { keysIn, mentions, phoneTails, type Person } from '../../domain/person.ts';
import type { JsonObject, RecordKind } from '../../domain/records.ts';
import { ERASED } from './erased-words.ts';
import type { Place } from './find-person.ts';

/** The keys of a person's records in one connection, by kind. */
export type RecordKeys = Record<RecordKind, string[]>;

export type ErrorCursor = { at: string; id: string };

export type ErrorSearch = { place: Place; person: Person; keys: RecordKeys; after: ErrorCursor | null };

export type FoundError = ErrorCursor & {
  record_kind: RecordKind | null;
  record_key: string | null;
  severity: string;
  message: string | null;
  value: string | null;
  source: JsonObject | null;
};

type Row = FoundError & { is_candidate: boolean };

const CHUNK = 5_000;

/** The keys of everything that belongs to a person in a connection. */
export async function readRecordKeys(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; person: Person },
): Promise<RecordKeys> {
  const customers = keysIn(input.person, input.connectionId);
  const ofEvents = (table: string) =>
    ctx.db.sql<{ key: string }>(
      `SELECT t.external_id AS key FROM unnest($3::text[]) AS k(key) JOIN ${table} t
           ON t.connection_id = $2 AND t.customer_key = k.key WHERE t.shop_id = $1`,
      [shopId, input.connectionId, customers],
    );
  const [orders, rewards] = await Promise.all([ofEvents('"order"'), ofEvents('reward')]);
  return { customers, orders: orders.map((row) => row.key), rewards: rewards.map((row) => row.key) };
}

/**
 * Looks through the next row errors of a connection and removes what they hold of a person. A rejected row stays as a line
 * of its file, so that the list agrees with the balance, and says no more than that it is an erased person's; every other
 * remark goes. The caller holds the connection's lock. Returns where to go on; null = that was the end.
 */
export async function scrubErrors(
  ctx: Context,
  shopId: string,
  input: ErrorSearch,
): Promise<{ after: ErrorCursor | null; scrubbed: number }> {
  const { place } = input;
  const { rows: own, after } = await findErrors(ctx, shopId, input);
  const isRejectedRow = (row: FoundError) => row.severity === 'error' && row.record_key === null;
  await ctx.db.sql(
    `UPDATE record_error SET code = $3, message = $4, value = NULL, source = NULL, "column" = NULL
      WHERE shop_id = $1 AND id = ANY($2::uuid[])`,
    [shopId, own.filter(isRejectedRow).map(({ id }) => id), ERASED.code, ERASED.message],
  );
  await ctx.db.sql(
    'DELETE FROM record_error WHERE shop_id = $1 AND connection_id = $2 AND id = ANY($3::uuid[])',
    [shopId, place.id, own.filter((row) => !isRejectedRow(row)).map(({ id }) => id)],
  );
  return { after, scrubbed: own.length };
}

/** What stands about a person in the next row errors of a connection, and where to go on; null = that was the end. */
async function findErrors(
  ctx: Context,
  shopId: string,
  input: ErrorSearch,
): Promise<{ rows: FoundError[]; after: ErrorCursor | null }> {
  const page = await readPage(ctx, shopId, input);
  const last = page.at(-1);
  return {
    rows: page.filter((row) => row.is_candidate && isAbout(row, input)),
    after: last === undefined || page.length < CHUNK ? null : { at: last.at, id: last.id },
  };
}

/** All that stands about a person in the row errors of a connection, a few rows in memory at once. */
export async function* errorsOf(
  ctx: Context,
  shopId: string,
  search: Omit<ErrorSearch, 'after'>,
): AsyncGenerator<FoundError> {
  let after: ErrorCursor | null = null;
  do {
    const step: Awaited<ReturnType<typeof findErrors>> = await findErrors(ctx, shopId, { ...search, after });
    yield* step.rows;
    after = step.after;
  } while (after !== null);
}

/** The next row errors of a connection; only of those that may be about a person more than their place is read. */
async function readPage(ctx: Context, shopId: string, input: ErrorSearch): Promise<Row[]> {
  const { place, person, keys, after } = input;
  return ctx.db.sql<Row>(
    `WITH page AS MATERIALIZED (
       SELECT * FROM record_error WHERE shop_id = $1 AND connection_id = $2
          AND ($3::timestamptz IS NULL OR (created_at, id) > ($3::timestamptz, $4::uuid))
        ORDER BY created_at, id LIMIT ${CHUNK}),
     judged AS (
       SELECT *, (record_kind = 'customers' AND record_key = ANY($5::text[]))
           OR (record_kind = 'orders' AND record_key = ANY($6::text[])) OR (record_kind = 'rewards' AND record_key = ANY($7::text[]))
           OR (record_kind = 'customers' AND source->>$8 = ANY($5::text[]))
           OR (record_kind = 'orders' AND source->>$9 = ANY($5::text[])) OR (record_kind = 'rewards' AND source->>$10 = ANY($5::text[]))
           OR lower(concat(message, value, source::text)) LIKE ANY($11::text[])
           OR regexp_replace(concat(message, value, source::text), '\\D', '', 'g') LIKE ANY($12::text[]) AS is_candidate
         FROM page)
     SELECT id, created_at::text AS at, coalesce(is_candidate, false) AS is_candidate, record_kind, record_key, severity,
            CASE WHEN is_candidate THEN message END AS message, CASE WHEN is_candidate THEN value END AS value,
            CASE WHEN is_candidate THEN source END AS source
       FROM judged ORDER BY created_at, id`,
    [
      shopId,
      place.id,
      after?.at ?? null,
      after?.id ?? null,
      keys.customers,
      keys.orders,
      keys.rewards,
      place.columns.customers.primaryKey ?? '',
      place.columns.orders.customerReference ?? '',
      place.columns.rewards.customerReference ?? '',
      person.emails.map((email) => `%${email.replace(/[\\%_]/g, '\\$&')}%`),
      phoneTails(person.phones).map((tail) => `%${tail}%`),
    ],
  );
}

/** The database compares roughly; digits of two neighbouring cells must not make a phone number. */
function isAbout(row: FoundError, { person, place, keys }: ErrorSearch): boolean {
  if (row.record_kind !== null && row.record_key !== null && keys[row.record_kind].includes(row.record_key)) {
    return true;
  }
  const { customers, orders, rewards } = place.columns;
  const column =
    row.record_kind === 'customers'
      ? customers.primaryKey
      : (row.record_kind === 'orders' ? orders : rewards).customerReference;
  const named = column === undefined ? undefined : row.source?.[column];
  return (
    (typeof named === 'string' && keys.customers.includes(named.trim())) ||
    mentions(row.message, person) ||
    mentions(row.value, person) ||
    mentions(row.source, person)
  );
}
