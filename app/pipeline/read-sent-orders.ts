import type { Sql } from '../context.ts';
import { isLateReturn, lateReturnsOf, partOfReturned, sameLine } from '../domain/late-returns.ts';
import { createNotes } from '../domain/mapping-notes.ts';
import { readOrderLines, type OrderLine } from '../domain/order-lines.ts';
import type { EventsPayload, SourceRow } from '../domain/records.ts';
import { rowNamer, storedReturned, storedRows, type StoredSource } from '../domain/stored-rows.ts';
import type { Evaluator, StoredRecord } from './evaluate-units.ts';
import type { Unit } from './read-units.ts';
import { RECORD_TABLES } from './record-tables.ts';

export type UnitDraft = { unit: Unit; stored: StoredRecord | null; sourceHash: string };

/** What is known of an order of which Klaviyo has events, and that comes again with other rows or under other rules. */
export type SentOrder = {
  /** Parts of its later returns: those that are known, and one of the returned lines that are new. */
  lateReturns: string[];
  /**
   * Returned lines that events were made of, where today's rows do not tell: of rows that become events some may be missing
   * today, and rows that become none (a mistake, a skip rule) say nothing about what was sent.
   */
  returned: { mapped: SourceRow[] | null; unmapped: SourceRow[] | null };
  /** Parts that were made of it before, sent or not. */
  partsMade: ReadonlySet<string>;
  /** Parts that the rows from before have under today's rules: others are what today's file adds. */
  partsOfOldRows: ReadonlySet<string>;
};

/** Sent orders that come changed, by key. Their stored rows are read only here, because there are few of them. */
export async function readSentOrders(
  sql: Sql,
  connectionId: string,
  evaluator: Evaluator,
  drafts: readonly UnitDraft[],
): Promise<Map<string, SentOrder>> {
  const asked = new Map(
    drafts
      .filter(({ stored, sourceHash }) => {
        const isSame = stored?.source_hash === sourceHash && stored.rules_hash === evaluator.rulesHash;
        return evaluator.kind === 'orders' && !isSame && (stored?.taken_parts ?? []).length > 0;
      })
      .map((draft) => [draft.unit.key, draft]),
  );
  if (asked.size === 0) {
    return new Map();
  }
  const kept = await sql<{ external_id: string; source: StoredSource; payload: EventsPayload | null }>(
    `SELECT t.* FROM unnest($2::text[]) AS k(key) CROSS JOIN LATERAL (
       SELECT external_id, source, payload FROM ${RECORD_TABLES.orders} WHERE connection_id = $1 AND external_id = k.key LIMIT 1) t`,
    [connectionId, [...asked.keys()]],
  );
  const name = rowNamer(evaluator.compiled);
  return new Map(
    kept.map(({ external_id: key, source, payload }) => {
      const draft = asked.get(key);
      const rows = (draft?.unit.rows ?? []).map((row) => evaluator.toRow(row.cells));
      return [
        key,
        sentOrder(evaluator, {
          rows,
          before: storedRows('orders', source).map(name),
          returned: storedReturned(source)?.map(name) ?? null,
          made: (payload?.events ?? []).map(({ part }) => part),
          taken: draft?.stored?.taken_parts ?? [],
        }),
      ];
    }),
  );
}

function sentOrder(
  { compiled }: Evaluator,
  order: {
    rows: readonly SourceRow[];
    before: readonly SourceRow[];
    returned: readonly SourceRow[] | null;
    made: readonly string[];
    taken: readonly string[];
  },
): SentOrder {
  function linesOf(rows: readonly SourceRow[]): OrderLine[] {
    return readOrderLines(compiled, rows, createNotes()).lines;
  }
  const { taken, made } = order;
  const today = linesOf(order.rows);
  const before = linesOf(order.before);
  const late = [...new Set([...made, ...taken])].filter(isLateReturn);
  const known = (order.returned === null ? before : linesOf(order.returned)).filter((line) => line.isReturn);
  const isSent = taken.includes('return');
  const isAllThere = known.every((line) => today.some((one) => one.isReturn && sameLine(one, line)));
  const all = [
    ...known,
    ...today.filter((one) => one.isReturn && !known.some((line) => sameLine(one, line))),
  ];
  return {
    lateReturns: isSent ? lateReturnsOf(today, known, late) : [],
    returned: {
      mapped: isSent && !isAllThere ? all.map(({ row }) => row) : null,
      unmapped: isSent
        ? known.filter((line) => taken.includes(partOfReturned(line, late))).map(({ row }) => row)
        : null,
    },
    partsMade: new Set(made),
    partsOfOldRows: new Set(
      before.flatMap(({ isReturn, itemId }) => (isReturn ? ['return'] : ['order', `item:${itemId}`])),
    ),
  };
}
