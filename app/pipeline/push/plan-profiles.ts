import type { Context } from '../../context.ts';
import { cutBySize } from '../../domain/batch.ts';
import { listIsDue } from '../consent-due.ts';
import { insertBatch, mayGo, type Candidate } from './due-records.ts';
import { wrapCursor, type Push } from './push.ts';
import { capTestMode } from './test-slots.ts';
import { leaveTravelling } from './travelling-addresses.ts';

/** Profiles that one batch of single upserts carries: small, because its outcome is noted as a whole. */
const UPSERTS_PER_BATCH = 100;

/** A profile is due when what Klaviyo should hold differs from what it got, or when it is not on its list yet. */
function profileDue(push: Push): string {
  return `${mayGo(push)} AND NOT t.bulk AND t.payload IS NOT NULL AND (t.payload_hash IS DISTINCT FROM t.synced_hash OR ${listIsDue('t')})`;
}

/** The list that this import has to add: the profile's list, unless it was added before. */
const JOINS_LIST = `CASE WHEN ${listIsDue('t')} THEN t.list_name END`;

/** Clears need a request that may carry null; conflicts need one that answers for the single profile. */
const GOES_SINGLY = `(t.single OR t.payload->'clear' <> '[]'::jsonb)`;

/**
 * Plans the next batch of profiles: up to the connection's batch size and Klaviyo's bytes, all with the same list.
 * False when nothing is due.
 */
export async function planProfiles(ctx: Context, push: Push): Promise<boolean> {
  return ctx.db.transaction('plan profiles', async (sql) => {
    const after = push.cursors.get('profiles') ?? null;
    const [first] = await sql<{ joins: string | null; single: boolean }>(
      `SELECT ${JOINS_LIST} AS joins, ${GOES_SINGLY} AS single FROM customer t
        WHERE ${profileDue(push)} AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT 1`,
      [push.scope.id, after],
    );
    if (first === undefined) {
      return wrapCursor(push, 'profiles');
    }
    const limit = first.single ? UPSERTS_PER_BATCH : push.scope.batchSize;
    const candidates = await sql<Candidate>(
      `SELECT t.id, t.payload_bytes FROM customer t
        WHERE ${profileDue(push)} AND ($2::uuid IS NULL OR t.id > $2)
          AND ${JOINS_LIST} IS NOT DISTINCT FROM $3 AND ${GOES_SINGLY} = $4
        ORDER BY t.id LIMIT $5 FOR UPDATE SKIP LOCKED`,
      [push.scope.id, after, first.joins, first.single, limit],
    );
    const fitting = cutBySize(
      candidates,
      { maxCount: limit, maxBytes: ctx.settings.batchBytes },
      (one) => one.payload_bytes,
    );
    const last = fitting.at(-1);
    if (last === undefined) {
      return wrapCursor(push, 'profiles');
    }
    const free = await leaveTravelling(
      sql,
      push,
      fitting.map((one) => one.id),
    );
    const ids = await capTestMode(sql, push, 'customers', free);
    // Profiles of another list that lie before the cursor are found when it wraps around.
    push.cursors.set('profiles', last.id);
    if (ids.length === 0) {
      return true;
    }
    push.plannedSinceWrap.add('profiles');
    await insertBatch(sql, ctx, push, {
      kind: first.single ? 'profile-upsert' : 'profile-import',
      grouping: { list: first.joins },
      recordKind: 'customers',
      items: ids.map((id) => ({ id, part: 'profile' })),
    });
    return true;
  });
}
