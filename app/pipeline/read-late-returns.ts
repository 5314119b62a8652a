import type { Sql } from '../context.ts';
import { isLateReturn, lateReturnsOf } from '../domain/late-returns.ts';
import { createNotes } from '../domain/mapping-notes.ts';
import { readOrderLines } from '../domain/order-lines.ts';
import type { EventsPayload } from '../domain/records.ts';
import { rowNamer, storedRows, type StoredSource } from '../domain/stored-rows.ts';
import type { Evaluator, StoredRecord } from './evaluate-units.ts';
import type { Unit } from './read-units.ts';
import { RECORD_TABLES } from './record-tables.ts';

export type UnitDraft = { unit: Unit; stored: StoredRecord | null; sourceHash: string };

/**
 * Later returns by order key: of orders that come changed after their first return was sent, which of today's returned lines it
 * did not hold. Everything else of such an order is read only here, because there are few of them.
 */
export async function readLateReturns(
  sql: Sql,
  connectionId: string,
  evaluator: Evaluator,
  drafts: readonly UnitDraft[],
): Promise<Map<string, string[]>> {
  const asked = new Map(
    drafts
      .filter(({ stored, sourceHash }) => {
        const isSame = stored?.source_hash === sourceHash && stored.rules_hash === evaluator.rulesHash;
        return evaluator.kind === 'orders' && !isSame && stored?.taken_parts?.includes('return') === true;
      })
      .map(({ unit }) => [unit.key, unit]),
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
      const rows = (asked.get(key)?.rows ?? []).map((row) => evaluator.toRow(row.cells));
      const { lines } = readOrderLines(evaluator.compiled, rows, createNotes());
      const before = readOrderLines(
        evaluator.compiled,
        storedRows('orders', source).map(name),
        createNotes(),
      );
      const known = new Set(before.lines.map(({ itemId }) => itemId));
      const late = (payload?.events ?? []).map(({ part }) => part).filter(isLateReturn);
      return [key, lateReturnsOf(lines, known, late)];
    }),
  );
}
