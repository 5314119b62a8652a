import type { Context } from '../context.ts';
import { looseName } from '../domain/columns.ts';
import { columnsRead } from '../domain/column-mappings.ts';
import { COLUMN_FIELDS } from '../domain/column-fields.ts';
import { targetInWords } from '../domain/mapping-words.ts';
import { presetColumns } from '../domain/presets.ts';
import { toColumnsForm, type ColumnsForm } from '../domain/read-columns-form.ts';
import type { RecordKind } from '../domain/records.ts';
import { KIND_OF_SCOPE } from '../domain/rules.ts';
import { storedRows } from '../domain/stored-rows.ts';
import { newestRecords } from './newest-records.server.ts';
import { shopTime } from './shop-time.ts';
import { readMappings } from './stored-mapping.server.ts';

export type ColumnsPage = {
  kind: RecordKind;
  /** Null = the shop's columns. */
  connectionId: string | null;
  connections: { id: string; name: string; hasOwn: boolean }[];
  /** True when the chosen connection has columns of its own for this kind. */
  hasOwn: boolean;
  form: ColumnsForm;
  /** What holds where the form is blank: of a connection the shop's columns, of the shop nothing. */
  inherited: ColumnsForm;
  preset: ColumnsForm;
  /** The newest file of this kind; null = none was read yet. */
  file: {
    id: string;
    name: string;
    connection: string;
    seenAt: string;
    header: string[];
    /** Why it is held, when a column is missing in it. */
    problem: string | null;
  } | null;
  /** Up to three values of the newest rows, by `looseName` of the column. */
  samples: Record<string, string[]>;
  /** Mappings that read a column which is chosen now, by `looseName` of the column. */
  readBy: Record<string, { id: string; name: string }[]>;
};

type ConnectionRow = {
  id: string;
  name: string;
  is_sample: boolean;
  own: Record<string, string> | null;
  file_id: string | null;
  file_name: string;
  seen_at: Date;
  header: string[] | null;
  problem: { code?: string; message?: string } | null;
};

const ROWS_LOOKED_AT = 20;
const SAMPLES_SHOWN = 3;
const LONGEST_SAMPLE = 40;

/** The columns of one kind of file, with what the newest file offers. Null: the shop has no such connection. */
export async function columnsPage(
  ctx: Context,
  shop: { id: string; timezone: string },
  { kind, connectionId }: { kind: RecordKind; connectionId: string | null },
): Promise<ColumnsPage | null> {
  const [rows, [shared], mappings] = await Promise.all([
    loadConnections(ctx, shop.id, kind),
    ctx.db.sql<{ columns: Record<string, string> }>(
      'SELECT columns FROM column_settings WHERE shop_id = $1 AND connection_id IS NULL AND kind = $2',
      [shop.id, kind],
    ),
    readMappings(ctx.db.sql, shop.id),
  ]);
  const chosen = rows.find(({ id }) => id === connectionId);
  if (connectionId !== null && chosen === undefined) {
    return null;
  }
  const shopColumns = toColumnsForm(kind, shared?.columns ?? {});
  const form = chosen === undefined ? shopColumns : toColumnsForm(kind, chosen.own ?? {});
  const inherited = chosen === undefined ? toColumnsForm(kind, {}) : shopColumns;
  const source = chosen ?? newestOf(rows);
  return {
    kind,
    connectionId,
    connections: rows.map(({ id, name, own }) => ({ id, name, hasOwn: own !== null })),
    hasOwn: chosen !== undefined && chosen.own !== null,
    form,
    inherited,
    preset: toColumnsForm(kind, presetColumns[kind]),
    file: source === undefined ? null : fileOf(source, shop.timezone),
    samples:
      source === undefined
        ? {}
        : samplesOf(
            (
              await newestRecords(ctx, shop.id, { connectionId: source.id, kind, limit: ROWS_LOOKED_AT })
            ).flatMap((record) => storedRows(kind, record.source)),
          ),
    readBy: readBy(
      mappings.filter((mapping) => {
        const isItsOwn = mapping.connectionId === null || mapping.connectionId === connectionId;
        return (
          mapping.enabled && KIND_OF_SCOPE[mapping.scope] === kind && (connectionId === null || isItsOwn)
        );
      }),
      COLUMN_FIELDS[kind].map(({ field }) => looseName(form[field] || inherited[field] || '')),
    ),
  };
}

function loadConnections(ctx: Context, shopId: string, kind: RecordKind): Promise<ConnectionRow[]> {
  return ctx.db.sql<ConnectionRow>(
    `SELECT c.id, c.name, c.mode = 'sample' AS is_sample, s.columns AS own, f.id AS file_id, f.name AS file_name,
            f.first_seen_at AS seen_at, f.header, f.problem
       FROM connection c
       LEFT JOIN column_settings s ON s.shop_id = $1 AND s.connection_id = c.id AND s.kind = $2
       LEFT JOIN LATERAL (
         SELECT id, name, first_seen_at, format->'header' AS header, CASE WHEN status = 'held' THEN problem END AS problem
           FROM source_file WHERE shop_id = $1 AND connection_id = c.id AND kind = $2 AND format IS NOT NULL
          ORDER BY first_seen_at DESC, id DESC LIMIT 1) f ON true
      WHERE c.shop_id = $1 AND c.removed_at IS NULL ORDER BY c.position, c.name`,
    [shopId, kind],
  );
}

/** Whose file the shop's columns are about: one that uses them rather than one with its own, a real one rather than samples. */
function newestOf(rows: readonly ConnectionRow[]): ConnectionRow | undefined {
  const rank = (row: ConnectionRow) =>
    (row.file_id === null ? 4 : 0) + (row.own === null ? 0 : 2) + Number(row.is_sample);
  return [...rows].sort(
    (a, b) => rank(a) - rank(b) || (b.seen_at?.getTime() ?? 0) - (a.seen_at?.getTime() ?? 0),
  )[0];
}

function fileOf(row: ConnectionRow, timezone: string): ColumnsPage['file'] {
  if (row.file_id === null || row.header === null) {
    return null;
  }
  return {
    id: row.file_id,
    name: row.file_name,
    connection: row.name,
    seenAt: shopTime(row.seen_at, timezone),
    header: row.header.map((name) => name.replace(/^\uFEFF/, '').trim()).filter((name) => name !== ''),
    problem: row.problem?.code === 'missing_column' ? (row.problem.message ?? null) : null,
  };
}

function samplesOf(rows: readonly Record<string, string>[]): Record<string, string[]> {
  const samples = new Map<string, string[]>();
  for (const row of rows) {
    for (const [column, cell] of Object.entries(row)) {
      const name = looseName(column);
      const known = samples.get(name) ?? [];
      const text = cell.trim();
      const value = text.length > LONGEST_SAMPLE ? `${text.slice(0, LONGEST_SAMPLE)}…` : text;
      if (value !== '' && known.length < SAMPLES_SHOWN && !known.includes(value)) {
        samples.set(name, [...known, value]);
      }
    }
  }
  return Object.fromEntries(samples);
}

function readBy(
  mappings: Awaited<ReturnType<typeof readMappings>>,
  chosen: readonly string[],
): ColumnsPage['readBy'] {
  const found = new Map<string, { id: string; name: string }[]>();
  for (const mapping of mappings) {
    const columns = columnsRead(mapping);
    for (const name of new Set(chosen)) {
      if (columns.has(name)) {
        const one = { id: mapping.id, name: targetInWords(mapping.scope, mapping.target) };
        found.set(name, [...(found.get(name) ?? []), one]);
      }
    }
  }
  return Object.fromEntries(found);
}
