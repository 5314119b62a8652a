import type { Context } from '../context.ts';
import { cellOf } from '../domain/condition.ts';
import { rowProblems, type ProblemKind, type QualityKind } from '../domain/data-quality.ts';
import { mapCustomer } from '../domain/mapping.ts';
import type { SourceRow } from '../domain/records.ts';
import { rowNamer } from '../domain/stored-rows.ts';
import { hasAddress, isKeptAway, MOST_RECENT_FIRST } from '../pipeline/rank-shared-emails.ts';
import type { Combination, QualityScope } from './quality-scope.server.ts';

/** One line of the report: a problem of a person, or a value that a translation table does not hold. */
export type QualityRow = {
  kind: QualityKind;
  /** The person's record and their key in Apparel21; null for values. */
  person: { id: string; key: string; code: string; name: string } | null;
  /** The cell; for values the translation table. Blank = no single cell. */
  column: string;
  value: string;
  /** People with one e-mail: the key of the one whom the profile shows. */
  profileShows: string | null;
  /** Values: how often files brought it, and when. */
  seen: { times: number; first: Date; last: Date } | null;
};

/** Nobody reads more of a cell than this in a report. */
const LONGEST = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type StoredPerson = {
  id: string;
  external_id: string;
  source: Record<string, string>;
  first_name: string | null;
  last_name: string | null;
};

/** Of a customer `c`. */
const PERSON = `c.id, c.external_id, c.source, c.payload->'attributes'->>'first_name' AS first_name,
  c.payload->'attributes'->>'last_name' AS last_name`;

/** The people last seen for the first time who have a problem of each kind: at most `limit` of a kind. */
export async function newestWithProblem(
  ctx: Context,
  scope: QualityScope,
  { combinations, limit }: { combinations: Combination[]; limit: number },
): Promise<QualityRow[]> {
  const rows = await ctx.db.sql<StoredPerson & { kind: ProblemKind }>(
    `SELECT k.kind, p.* FROM unnest($2::text[]) AS k(kind) CROSS JOIN LATERAL (
       SELECT c.* FROM unnest($3::text[]) AS i(issues) CROSS JOIN LATERAL (
         SELECT ${PERSON} FROM customer c
          WHERE c.connection_id = $1 AND c.issues <> '{}' AND c.issues = i.issues::text[]
          ORDER BY c.issues DESC, c.id DESC LIMIT $4) c
        WHERE k.kind = ANY(i.issues::text[]) ORDER BY c.id DESC LIMIT $4) p`,
    [
      scope.connection.id,
      [...new Set(combinations.flatMap(({ kinds }) => kinds))],
      combinations.map(({ issues }) => issues),
      limit,
    ],
  );
  // Of several problems of a kind in one row an example shows the first.
  return rows.flatMap((row) => linesOf(scope, row.kind, row).slice(0, 1));
}

/** The next people with one combination of problems, in the order of their ids, as lines about one of its kinds. */
export async function nextWithProblem(
  ctx: Context,
  scope: QualityScope,
  input: { issues: string; kind: ProblemKind; after: string | null; limit: number },
): Promise<{ rows: QualityRow[]; after: string | null }> {
  const people = await ctx.db.sql<StoredPerson>(
    `SELECT ${PERSON} FROM customer c
      WHERE c.connection_id = $1 AND c.issues <> '{}' AND c.issues = $2::text[] AND c.id > $3
      ORDER BY c.issues, c.id LIMIT $4`,
    [scope.connection.id, input.issues, input.after ?? FIRST_ID, input.limit],
  );
  return {
    rows: people.flatMap((person) => linesOf(scope, input.kind, person)),
    after: people.length < input.limit ? null : (people.at(-1)?.id ?? null),
  };
}

/**
 * A person's problems of a kind with their cells, as today's rules see the row. Where these see none (they changed after the row was
 * mapped) the line names no cell.
 */
function linesOf(scope: QualityScope, kind: ProblemKind, stored: StoredPerson): QualityRow[] {
  const row = namedRow(scope, stored);
  const found =
    scope.compiled === null
      ? []
      : rowProblems(mapCustomer(scope.compiled, row)).filter((problem) => problem.kind === kind);
  const problems = found.length === 0 ? [{ column: '', value: '' }] : found;
  const person = personOf(scope, stored, row);
  return problems.map(({ column, value }) => ({
    ...{ kind, person, column, profileShows: null, seen: null },
    value: cut(value === '' ? cellOf(row, column) : value),
  }));
}

/** Where the next people with a shared address are looked for. */
export type SharedCursor = { email: string; id: string; shows: Winner | null };
type Winner = StoredPerson & { email: string };

/**
 * The next people who lost their address to somebody, by address; before the first of an address the person whom the profile
 * shows. Who is alone with an address by now is left out: the next file gives it back.
 */
export async function nextSharing(
  ctx: Context,
  scope: QualityScope,
  { after, limit }: { after: SharedCursor | null; limit: number },
): Promise<{ rows: QualityRow[]; after: SharedCursor | null }> {
  const people = await ctx.db.sql<StoredPerson & { email: string }>(
    `SELECT ${PERSON}, c.email FROM customer c
      WHERE c.connection_id = $1 AND c.reason->>'code' = 'shared_email' AND c.email IS NOT NULL AND (c.email, c.id) > ($2, $3::uuid)
      ORDER BY c.email, c.id LIMIT $4`,
    [scope.connection.id, after?.email ?? '', after?.id ?? FIRST_ID, limit],
  );
  const winners = await readWinners(ctx, scope, people, after?.shows ?? null);
  let told = after?.shows?.email ?? null;
  const rows: QualityRow[] = [];
  for (const person of people) {
    const winner = winners.get(person.email);
    if (winner !== undefined && winner.id !== person.id) {
      const shared = (one: Winner) => sharedLine(scope, one, winner.external_id);
      rows.push(...(told === person.email ? [] : [shared(winner)]), shared(person));
      told = person.email;
    }
  }
  const last = people.length < limit ? undefined : people.at(-1);
  const shows = last?.email === told ? (winners.get(last?.email ?? '') ?? null) : null;
  return { rows, after: last === undefined ? null : { email: last.email, id: last.id, shows } };
}

async function readWinners(
  ctx: Context,
  { connection }: QualityScope,
  people: readonly { email: string }[],
  known: Winner | null,
): Promise<Map<string, Winner>> {
  const emails = new Set(people.map(({ email }) => email));
  emails.delete(known?.email ?? '');
  const rows = await ctx.db.sql<Winner>(
    `SELECT w.* FROM unnest($2::text[]) AS e(email) CROSS JOIN LATERAL (
       SELECT ${PERSON}, c.email FROM customer c WHERE c.connection_id = $1 AND c.email = e.email AND ${hasAddress('c')} AND NOT ${isKeptAway('c')}
        ORDER BY ${MOST_RECENT_FIRST} LIMIT 1) w`,
    [connection.id, [...emails]],
  );
  return new Map([...(known === null ? [] : [known]), ...rows].map((row) => [row.email, row]));
}

function sharedLine(scope: QualityScope, stored: Winner, profileShows: string): QualityRow {
  const row = namedRow(scope, stored);
  return {
    kind: 'shared_email',
    person: personOf(scope, stored, row),
    column: scope.compiled?.targets.customer.find(({ text }) => text === 'email')?.mappings[0]?.column ?? '',
    value: stored.email,
    profileShows,
    seen: null,
  };
}

/** The next values that a translation table does not hold, in their order. */
export async function nextUnknown(
  ctx: Context,
  { shopId }: QualityScope,
  input: { table: string; after: string | null; limit: number },
): Promise<{ rows: QualityRow[]; after: string | null }> {
  const misses = await ctx.db.sql<{ value: string; count: number; first_seen: Date; last_seen: Date }>(
    `SELECT value, count, first_seen, last_seen FROM translation_miss
      WHERE shop_id = $1 AND table_name = $2 AND value > $3 ORDER BY value LIMIT $4`,
    [shopId, input.table, input.after ?? '', input.limit],
  );
  return {
    rows: misses.map(({ value, count, first_seen: first, last_seen: last }) => ({
      ...{ kind: 'unknown_store', person: null, column: input.table, profileShows: null },
      value: cut(value),
      seen: { times: count, first, last },
    })),
    after: misses.length < input.limit ? null : (misses.at(-1)?.value ?? null),
  };
}

function namedRow({ compiled }: QualityScope, { source }: StoredPerson): SourceRow {
  return compiled === null ? source : rowNamer(compiled)(source);
}

function personOf({ connection }: QualityScope, stored: StoredPerson, row: SourceRow): QualityRow['person'] {
  const { firstName, lastName } = connection.rules.columns.customers;
  const names = [
    stored.first_name ?? cellOf(row, firstName ?? ''),
    stored.last_name ?? cellOf(row, lastName ?? ''),
  ];
  return {
    id: stored.id,
    key: stored.external_id,
    code: cut(cellOf(row, 'PERSON_CODE')),
    name: cut(
      names
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .join(' '),
    ),
  };
}

/** Cut without leaving half a character. */
function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1).replace(/\p{Surrogate}$/u, '')}…`;
}
