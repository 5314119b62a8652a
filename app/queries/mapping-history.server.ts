import type { Context } from '../context.ts';
import { fieldInWords, mappingChanges, type MappingState } from '../domain/mapping-changes.ts';
import { SCOPE_WORDS, targetInWords } from '../domain/mapping-words.ts';
import type { MappingScope } from '../domain/rules.ts';
import { shopTime } from './shop-time.ts';
import { readMapping, stateOf, type Snapshot } from './stored-mapping.server.ts';

export type MappingVersion = {
  /** Of the revision that holds it; null = it is what the mapping is today, or it was removed then. */
  revisionId: string | null;
  kind: 'current' | 'earlier' | 'removed';
  /** When and by whom it was made; null = before the history begins. */
  madeAt: string | null;
  madeBy: string | null;
  /** Against the version before it; of the first all that it was. */
  changes: { field: string; before: string | null; after: string | null }[];
  isFirst: boolean;
};

export type MappingHistory = {
  title: string;
  scope: MappingScope;
  scopeName: string;
  isRemoved: boolean;
  /** Newest first. */
  versions: MappingVersion[];
  /** Cursor of the next page; null = this is the last. */
  older: string | null;
};

type Revision = { id: string; actor: string; at: Date; snapshot: Snapshot; connection: string | null };

const PAGE = 50;

/**
 * What a mapping was, version by version, newest first, 50 a page (`before` = id of the revision that the page before ended
 * with). Null = the shop never had such a mapping.
 */
export async function mappingHistory(
  ctx: Context,
  shop: { id: string; timezone: string },
  { mappingId, before }: { mappingId: string; before: string | null },
): Promise<MappingHistory | null> {
  const [current, revisions] = await Promise.all([
    readMapping(ctx.db.sql, shop.id, mappingId),
    // One more than a page on either side: a version is told by what it was before and after.
    ctx.db.sql<Revision>(
      `SELECT r.id, r.actor, r.created_at AS at, r.snapshot, c.name AS connection
         FROM mapping_revision r
         LEFT JOIN connection c ON c.shop_id = r.shop_id AND c.id::text = r.snapshot->>'connection_id'
        WHERE r.shop_id = $1 AND r.mapping_id = $2
          AND ($3::uuid IS NULL OR (r.created_at, r.id) <= (SELECT b.created_at, b.id FROM mapping_revision b WHERE b.shop_id = $1 AND b.id = $3))
        ORDER BY r.created_at DESC, r.id DESC LIMIT $4`,
      [shop.id, mappingId, before, PAGE + 2],
    ),
  ]);
  if (current === undefined && revisions.length === 0) {
    return null;
  }
  // After a cursor come today's state, which only stands first, and the state that the page before ended with.
  const from = before === null ? 0 : 2;
  const versions = versionsOf(current ?? null, revisions, shop.timezone);
  const last = revisions[from + PAGE - 2];
  const latest = current ?? revisions.map(({ snapshot }) => snapshot).find((one) => one !== null);
  const scope = latest?.scope ?? 'customer';
  return {
    title: targetInWords(scope, latest?.target ?? ''),
    scope,
    scopeName: SCOPE_WORDS[scope],
    isRemoved: current === undefined,
    versions: versions.slice(from, from + PAGE).filter((version) => version !== null),
    older: versions.length > from + PAGE ? (last?.id ?? null) : null,
  };
}

/** A version for each state, newest first; null before the mapping was made. The last one read only serves to compare. */
function versionsOf(
  current: MappingState | null,
  revisions: Revision[],
  timezone: string,
): (MappingVersion | null)[] {
  const states = [
    { state: current, revisionId: null as string | null },
    ...revisions.map(({ id, snapshot, connection }) => ({
      state: stateOf(snapshot, connection),
      revisionId: id as string | null,
    })),
  ];
  return states.map(({ state, revisionId }, index) => {
    const earlier = states[index + 1]?.state ?? null;
    const made = revisions[index];
    if (state === null && earlier === null) {
      return null;
    }
    return {
      revisionId: state === null ? null : revisionId,
      kind: state === null ? 'removed' : index === 0 ? 'current' : 'earlier',
      madeAt: made === undefined ? null : shopTime(made.at, timezone),
      madeBy: made?.actor ?? null,
      changes:
        state === null
          ? []
          : mappingChanges(earlier, state).map(({ path, ...change }) => ({
              field: fieldInWords(path),
              ...change,
            })),
      isFirst: state !== null && earlier === null,
    };
  });
}
