import type { Context } from '../context.ts';
import { orderOf, statusesOf, type RecordFilter, type RecordPlace } from '../domain/record-filter.ts';
import type { RecordKind, RecordStatus } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';

/** Which records are walked. The ids of connections are the shop's own: whoever makes a walk has read them there. */
export type RecordWalk = {
  kind: RecordKind;
  filter: RecordFilter;
  connectionIds: string[];
  /** Start of the filter's "changed since", ISO-8601. */
  since: string | null;
  /** Of the filter's statuses only these. */
  statuses?: readonly RecordStatus[];
  /** Only records that were not changed after this task was asked for. */
  asOfTask?: string;
};

/**
 * One stretch of a walk, in an order that an index gives. For each parent (a connection or a run) and status the first rows
 * are read from the index and merged, so a step reads no more than `limit` rows of each, however many there are.
 */
type Segment = {
  parent: 'connection_id' | 'run_id';
  /** False: the index has no status in it; few rows match and the status is looked up. */
  isByStatus: boolean;
  /** What belongs to this segment rather than another one; `$1`… are `values`. */
  belongs: string;
  values: string[];
  key: string;
  /** `none`: the key is null throughout, the id alone decides. */
  keyType: 'timestamptz' | 'int' | 'text' | 'pattern' | 'none';
};

const LINE = { key: 't.line', keyType: 'int' } as const;
const CHANGED = { key: 't.updated_at', keyType: 'timestamptz' } as const;

/** The stretches of a filter's order, one after the other. */
function segmentsOf({ kind, filter }: RecordWalk): Segment[] {
  if (filter.search !== '') {
    return searchSegments(kind, filter.search);
  }
  const { by } = orderOf(filter);
  const usual = { parent: by === 'line' ? 'run_id' : 'connection_id', isByStatus: true } as const;
  const order = by === 'line' ? LINE : CHANGED;
  if (filter.code !== null) {
    // The words of the partial indexes "…_failed_cause_idx" and "…_run_cause_idx".
    const belongs = `t.status = 'failed' AND t.reason->>'code' = $1`;
    return [{ ...usual, ...order, isByStatus: false, belongs, values: [filter.code] }];
  }
  if (by === 'placed') {
    // Records without a time (their row had none that can be read) come last, whichever way round.
    const key = 't.occurred_at';
    return [
      { ...usual, belongs: 't.occurred_at IS NOT NULL', values: [], key, keyType: 'timestamptz' },
      { ...usual, belongs: 't.occurred_at IS NULL', values: [], key, keyType: 'none' },
    ];
  }
  return [{ ...usual, ...order, belongs: 'true', values: [] }];
}

/** The record of that id, then what begins like that. Indexes for beginnings compare byte by byte (`text_pattern_ops`). */
function searchSegments(kind: RecordKind, search: string): Segment[] {
  const looked = { parent: 'connection_id', isByStatus: false } as const;
  const column = kind === 'customers' ? 't.email' : 't.label';
  // Addresses are stored in lower case. Numbers are as they are, and people type SO-17 as so-17.
  const beginnings =
    kind === 'customers' ? [search.toLowerCase()] : [...new Set([search, search.toUpperCase()])];
  return [
    { ...looked, belongs: 't.external_id = $1', values: [search], key: 't.external_id', keyType: 'text' },
    ...beginnings.map((beginning): Segment => ({
      ...looked,
      belongs: `${column} LIKE $2 AND t.external_id <> $1`,
      values: [search, `${beginning.replace(/[\\%_]/g, '\\$&')}%`],
      key: column,
      keyType: 'pattern',
    })),
  ];
}

/**
 * Reads up to `limit` records of a walk after a place (null = from its start), or, `isBackward`, before it (null = from its
 * end), nearest first.
 */
export async function walkRecords(
  ctx: Context,
  walk: RecordWalk,
  step: { from: RecordPlace | null; isBackward: boolean; limit: number },
): Promise<RecordPlace[]> {
  const segments = segmentsOf(walk);
  const from = step.from !== null && isSound(segments[step.from.segment], step.from) ? step.from : null;
  const found: RecordPlace[] = [];
  const direction = step.isBackward ? -1 : 1;
  let number = from?.segment ?? (step.isBackward ? segments.length - 1 : 0);
  for (let segment = segments[number]; segment !== undefined; segment = segments[(number += direction)]) {
    const rows = await readSegment(ctx, walk, segment, {
      from: from !== null && from.segment === number ? from : null,
      isBackward: step.isBackward,
      limit: step.limit - found.length,
    });
    const inSegment = number;
    found.push(...rows.map((row) => ({ segment: inSegment, ...row })));
    if (found.length >= step.limit) {
      break;
    }
  }
  return found;
}

/** Where a record of the shop stands in a walk's order, whether or not it has one of its statuses; null = it does not match. */
export async function placeInWalk(
  ctx: Context,
  shopId: string,
  input: { walk: RecordWalk; id: string },
): Promise<RecordPlace | null> {
  for (const [number, segment] of segmentsOf(input.walk).entries()) {
    const parameters = [...segment.values, shopId, input.id];
    const [row] = await ctx.db.sql<{ key: string }>(
      `SELECT coalesce(${segment.key}::text, '') AS key FROM ${RECORD_TABLES[input.walk.kind]} t
        WHERE t.shop_id = $${parameters.length - 1} AND t.id = $${parameters.length} AND ${segment.belongs}`,
      parameters,
    );
    if (row !== undefined) {
      return { segment: number, key: row.key, id: input.id };
    }
  }
  return null;
}

async function readSegment(
  ctx: Context,
  walk: RecordWalk,
  segment: Segment,
  step: { from: RecordPlace | null; isBackward: boolean; limit: number },
): Promise<{ id: string; key: string }[]> {
  const { text, parameters } = segmentQuery(walk, segment, step);
  return ctx.db.sql<{ id: string; key: string }>(text, parameters);
}

/** The statement of one step. Exported for the test that looks at its plan. */
export function stepQueries(walk: RecordWalk, limit: number): { text: string; parameters: unknown[] }[] {
  return segmentsOf(walk).map((segment) =>
    segmentQuery(walk, segment, { from: null, isBackward: false, limit }),
  );
}

function segmentQuery(
  walk: RecordWalk,
  segment: Segment,
  step: { from: RecordPlace | null; isBackward: boolean; limit: number },
): { text: string; parameters: unknown[] } {
  const { filter } = walk;
  const parameters: unknown[] = [...segment.values];
  function parameter(value: unknown): string {
    parameters.push(value);
    return `$${parameters.length}`;
  }
  const conditions = [segment.belongs];
  const parents = segment.parent === 'run_id' ? runOf(filter) : connectionsOf(walk);
  const statuses = statusesOf(filter.tab).filter((one) => walk.statuses?.includes(one) ?? true);
  if (segment.isByStatus) {
    conditions.push('t.status = p.status');
  } else if (statuses.length < statusesOf('all').length) {
    conditions.push(`t.status = ANY(${parameter(statuses)}::text[])`);
  }
  if (segment.parent === 'run_id') {
    conditions.push(`t.connection_id = ANY(${parameter(connectionsOf(walk))}::uuid[])`);
  } else if (filter.runId !== null) {
    conditions.push(`t.run_id = ${parameter(filter.runId)}`);
  }
  if (filter.code !== null && !segment.belongs.includes('reason')) {
    conditions.push(`t.reason->>'code' = ${parameter(filter.code)}`);
  }
  if (walk.since !== null) {
    conditions.push(`t.updated_at >= ${parameter(walk.since)}::timestamptz`);
  }
  if (walk.asOfTask !== undefined) {
    conditions.push(`t.updated_at <= (SELECT created_at FROM task WHERE id = ${parameter(walk.asOfTask)})`);
  }
  const isDescending = orderOf(filter).isDescending !== step.isBackward;
  if (step.from !== null) {
    const key = segment.keyType === 'none' ? '' : parameter(step.from.key);
    conditions.push(beyond(segment, isDescending, key, parameter(step.from.id)));
  }
  const limit = parameter(step.limit);
  return {
    text: `SELECT r.id, coalesce(r.key::text, '') AS key
       FROM unnest(${parameter(parents)}::uuid[]) AS o(id)
      ${segment.isByStatus ? `CROSS JOIN unnest(${parameter(statuses)}::text[]) AS p(status)` : ''}
      CROSS JOIN LATERAL (
        SELECT t.id, ${segment.key} AS key FROM ${RECORD_TABLES[walk.kind]} t
         WHERE t.${segment.parent} = o.id AND ${conditions.join(' AND ')}
         ORDER BY ${ordering(segment, segment.key, 't.id', isDescending)} LIMIT ${limit}) r
      ORDER BY ${ordering(segment, 'r.key', 'r.id', isDescending)} LIMIT ${limit}`,
    parameters,
  };
}

function connectionsOf({ filter, connectionIds }: RecordWalk): string[] {
  return connectionIds.filter((id) => filter.connectionId === null || id === filter.connectionId);
}

function runOf(filter: RecordFilter): string[] {
  return filter.runId === null ? [] : [filter.runId];
}

function ordering(segment: Segment, key: string, id: string, isDescending: boolean): string {
  const way = isDescending ? 'DESC' : 'ASC';
  const using = isDescending ? 'USING ~>~' : 'USING ~<~';
  return `${key} ${segment.keyType === 'pattern' ? using : way}, ${id} ${way}`;
}

/** SQL: the row lies beyond a place, in the words that let an index begin there. */
function beyond(segment: Segment, isDescending: boolean, key: string, id: string): string {
  const sign = isDescending ? '<' : '>';
  if (segment.keyType === 'none') {
    return `t.id ${sign} ${id}::uuid`;
  }
  if (segment.keyType === 'pattern') {
    return `${segment.key} ~${sign}=~ ${key}::text
      AND (${segment.key} ~${sign}~ ${key}::text OR t.id ${sign} ${id}::uuid)`;
  }
  return `(${segment.key}, t.id) ${sign} (${key}::${segment.keyType}, ${id}::uuid)`;
}

const MOMENT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/;

/** A place comes from an address: somebody may have changed it, or it belongs to another order. */
function isSound(segment: Segment | undefined, place: RecordPlace): boolean {
  switch (segment?.keyType) {
    case 'timestamptz':
      return MOMENT.test(place.key) && !Number.isNaN(Date.parse(place.key.replace('+00', 'Z')));
    case 'int':
      return /^\d{1,9}$/.test(place.key);
    case 'text':
    case 'pattern':
    case 'none':
      return true;
    default:
      return false;
  }
}
