import type { Context } from '../../context.ts';
import { readEmail } from '../../domain/email.ts';
import {
  grownBy,
  isThisPerson,
  keysIn,
  phoneTails,
  type CustomerIdentity,
  type Person,
} from '../../domain/person.ts';
import { repairPhone } from '../../domain/phone.ts';
import type { Columns } from '../../domain/rules.ts';

/** A connection in which somebody may have records, also one that was removed, with the columns that say who a row is. */
export type Place = {
  id: string;
  name: string;
  mode: string;
  isRemoved: boolean;
  phoneCountry: string;
  columns: { [Kind in keyof Columns]: Partial<Columns[Kind]> };
};

/** All connections that a shop has or had. */
export async function placesOf(ctx: Context, shopId: string): Promise<Place[]> {
  const [connections, columns] = await Promise.all([
    ctx.db.sql<Omit<Place, 'columns'>>(
      `SELECT c.id, c.name, c.mode, c.removed_at IS NOT NULL AS "isRemoved", s.phone_country AS "phoneCountry"
         FROM connection c JOIN shop_settings s ON s.shop_id = c.shop_id WHERE c.shop_id = $1 ORDER BY c.id`,
      [shopId],
    ),
    ctx.db.sql<{ connection_id: string | null; kind: keyof Columns; columns: object }>(
      'SELECT connection_id, kind, columns FROM column_settings WHERE shop_id = $1',
      [shopId],
    ),
  ]);
  return connections.map((connection) => {
    const of = (kind: keyof Columns) => ({
      ...columns.find((row) => row.kind === kind && row.connection_id === null)?.columns,
      ...columns.find((row) => row.kind === kind && row.connection_id === connection.id)?.columns,
    });
    return {
      ...connection,
      columns: { customers: of('customers'), orders: of('orders'), rewards: of('rewards') },
    };
  });
}

/** What a stretch of customers has added. `last` = the key to go on after; null = that was the end. */
export type FoundStep = { person: Person; found: CustomerIdentity[]; last: string | null };

const CHUNK = 5_000;

type FoundRow = {
  last: string | null;
  rows: number;
  key: string | null;
  email: string | null;
  phone: string | null;
  raw_email: string | null;
  raw_phone: string | null;
};

/**
 * Looks through the next customers of a connection for the records of a person, in the order of their keys. There is no index
 * by phone, and of rows that a mapping kept back only the source knows the address: so all are looked at, a few thousand at
 * a time (about seven seconds for a million).
 */
export async function findPerson(
  ctx: Context,
  shopId: string,
  input: { place: Place; person: Person; after: string | null },
): Promise<FoundStep> {
  const { place, after } = input;
  let { person } = input;
  const { email, phone } = place.columns.customers;
  const rows = await ctx.db.sql<FoundRow>(
    `WITH page AS MATERIALIZED (
       SELECT external_id, email, phone, CASE WHEN payload IS NULL THEN source END AS source
         FROM customer WHERE shop_id = $1 AND connection_id = $2 AND ($3::text IS NULL OR external_id > $3)
        ORDER BY external_id LIMIT ${CHUNK})
     SELECT p.last, p.rows, m.external_id AS key, m.email, m.phone, m.source->>$7 AS raw_email, m.source->>$8 AS raw_phone
       FROM (SELECT max(external_id) AS last, count(*)::int AS rows FROM page) p
       LEFT JOIN page m ON m.external_id = ANY($4::text[]) OR m.email = ANY($5::text[])
         OR right(m.phone, 8) = ANY($6::text[])
         OR lower(btrim(m.source->>$7)) = ANY($5::text[])
         OR right(regexp_replace(m.source->>$8, '\\D', '', 'g'), 8) = ANY($6::text[])`,
    [
      shopId,
      place.id,
      after,
      keysIn(person, place.id),
      person.emails,
      phoneTails(person.phones),
      email ?? '',
      phone ?? '',
    ],
  );
  const candidates = rows.flatMap((row) => (row.key === null ? [] : [identityOf(row, row.key, place)]));
  const found = candidates.filter((candidate) => isThisPerson(person, place.id, candidate));
  for (const record of found) {
    person = grownBy(person, place.id, record);
  }
  return { person, found, last: (rows[0]?.rows ?? 0) < CHUNK ? null : (rows[0]?.last ?? null) };
}

function identityOf(row: FoundRow, key: string, place: Place): CustomerIdentity {
  const read = readEmail(row.raw_email ?? '');
  const repaired = repairPhone(row.raw_phone ?? '', place.phoneCountry);
  return {
    key,
    emails: [...new Set([...present(row.email), ...('email' in read ? [read.email] : [])])],
    phones: [...new Set([...present(row.phone), ...('e164' in repaired ? [repaired.e164] : [])])],
  };
}

function present(text: string | null): string[] {
  return text === null ? [] : [text.toLowerCase()];
}
