import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { compileRules } from '../domain/compile-rules.ts';
import type { RecordKind } from '../domain/records.ts';
import { customersOf, readKept, remapKept } from '../pipeline/evaluate-stored.ts';
import type { ConnectionScope } from '../pipeline/load-connections.ts';
import { newestRecordIds } from '../queries/newest-records.server.ts';
import { recordFigures } from '../queries/record-figures.server.ts';
import { findRemap } from './find-remap.server.ts';

/** `checked` = records that applying a mapping would check, `wouldChange` = how many of them would be sent again or left out. */
export type RemapCount = { checked: number; wouldChange: number; isEstimate: boolean };

/** Newest records that are looked at, over all connections. */
const SAMPLE = 2_000;
/** Mapped at a stretch, before other requests have their turn. */
const STRETCH = 100;
/** After so long the records looked at so far have to do. */
const PATIENCE_MS = 2_000;

/**
 * How many existing records a mapping's shop or connection would send again under today's rules: exact where there are few, else
 * scaled up from the newest. Reads only. Null = the shop has no such mapping or connection.
 */
export async function countRemap(
  ctx: Context,
  shopId: string,
  input: { mappingId: string; connectionId: string | null },
): Promise<RemapCount | null> {
  const target = await findRemap(ctx, shopId, input);
  if (target === null) {
    return null;
  }
  const { kind, scopes } = target;
  const ids = scopes.map(({ id }) => id);
  const figures = await recordFigures(ctx, shopId, ids);
  const count: RemapCount = { checked: 0, wouldChange: 0, isEstimate: false };
  const until = performance.now() + PATIENCE_MS;
  for (const scope of scopes) {
    const limit = Math.ceil(SAMPLE / scopes.length);
    const { seen, changed } = await countNewest(ctx, shopId, { scope, kind, limit, until });
    const total = Math.max(figures.get(scope.id)?.[kind].total ?? 0, seen);
    count.checked += total;
    count.wouldChange += seen === 0 ? 0 : Math.round((changed / seen) * total);
    count.isEstimate ||= seen < total;
  }
  return count;
}

async function countNewest(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; kind: RecordKind; limit: number; until: number },
): Promise<{ seen: number; changed: number }> {
  const { scope, kind, limit, until } = input;
  const connectionId = scope.id;
  const ids = await newestRecordIds(ctx, shopId, { connectionId, kind, limit });
  const compiled = compileRules(scope.rules, { renderLimitMs: () => Math.max(1, until - performance.now()) });
  let [seen, changed] = [0, 0];
  for (let from = 0; from < ids.length && (from === 0 || performance.now() < until); from += STRETCH) {
    const records = await readKept(ctx.db.sql, shopId, {
      connectionId,
      kind,
      ids: ids.slice(from, from + STRETCH),
    });
    const customers = await customersOf(ctx.db.sql, connectionId, { kind, compiled, records });
    const remapped = remapKept(kind, records, { compiled, rulesHash: scope.rulesHash, customers });
    seen += remapped.length;
    changed += remapped.filter(({ effect }) => effect === 'sent' || effect === 'kept-back').length;
    await yieldToOthers();
  }
  return { seen, changed };
}
