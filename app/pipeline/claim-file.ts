import type { Context } from '../context.ts';
import type { Lane, RecordKind } from '../domain/records.ts';
import type { ConnectionRules } from '../domain/rules.ts';
import type { ConnectionScope } from './load-connections.ts';

/** A file that this process is importing, with its run. */
export type ClaimedFile = {
  id: string;
  runId: string;
  lane: Lane;
  kind: RecordKind;
  path: string;
  name: string;
  stamp: Date;
  size: number;
  /** The size check and the safe stop were waved through by a person. */
  released: boolean;
  sha256: string | null;
  /** Rules frozen when the first rows were staged: a resumed run goes on under them. */
  rules: ConnectionRules;
  rulesHash: string;
  checkpoint: { partition?: number; row?: number };
};

/** How long a claim lasts without a sign of life. The connection's lock is the real guard; the lease is what people see. */
const LEASE = `interval '2 minutes'`;

/**
 * Claims the next resting file of a connection in work order (stamp, then customers, orders, rewards) and opens its run,
 * or goes on with the one that a killed process left, whatever its lane. Null when there is none
 * but `except`.
 * The caller holds the connection's lock: whatever is `importing` here has no living owner.
 */
export async function claimFile(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; lanes: Lane[]; except?: readonly string[] },
): Promise<ClaimedFile | null> {
  const { scope, lanes, except = [] } = input;
  return ctx.db.transaction('claim file', async (sql) => {
    const [file] = await sql<Omit<ClaimedFile, 'runId' | 'rules' | 'rulesHash' | 'checkpoint'>>(
      `UPDATE source_file SET status = 'importing', lease_owner = $4, lease_until = now() + ${LEASE}
        WHERE id = (
          SELECT id FROM source_file
           WHERE connection_id = $1 AND NOT (id = ANY($5::uuid[]))
             AND (status = 'importing'
                  OR (status = 'discovered' AND lane = ANY($2) AND lane <> 'bulk'
                      AND last_seen_at >= first_seen_at + $3 * interval '1 millisecond'))
           ORDER BY (status = 'importing') DESC, stamp,
                    CASE kind WHEN 'customers' THEN 0 WHEN 'orders' THEN 1 ELSE 2 END, name
           LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING id, lane, kind, path, name, stamp, size::float8 AS size, released, sha256`,
      [scope.id, lanes, ctx.settings.settleMs, ctx.ids.uuid(), except],
    );
    if (file === undefined) {
      return null;
    }
    const [run] = await sql<{
      id: string;
      rules: ConnectionRules;
      rules_hash: string;
      checkpoint: ClaimedFile['checkpoint'];
    }>(
      `INSERT INTO import_run (shop_id, connection_id, file_id, status, rules, rules_hash)
       VALUES ($1, $2, $3, 'importing', $4, $5)
       ON CONFLICT (file_id) DO UPDATE SET status = 'importing',
          rules = CASE WHEN import_run.read = 0 THEN EXCLUDED.rules ELSE import_run.rules END,
          rules_hash = CASE WHEN import_run.read = 0 THEN EXCLUDED.rules_hash ELSE import_run.rules_hash END
       RETURNING id, rules, rules_hash, checkpoint`,
      [shopId, scope.id, file.id, JSON.stringify(scope.rules), scope.rulesHash],
    );
    if (run === undefined) {
      throw new Error('the run of a claimed file was not returned');
    }
    return {
      ...file,
      runId: run.id,
      rules: run.rules,
      rulesHash: run.rules_hash,
      checkpoint: run.checkpoint,
    };
  });
}

/** Marks resting files of the bulk lane as waiting for a person's start. */
export async function parkBulkFiles(ctx: Context, scope: ConnectionScope): Promise<void> {
  await ctx.db.sql(
    `UPDATE source_file SET status = 'waiting-for-start'
      WHERE connection_id = $1 AND lane = 'bulk' AND status = 'discovered'
        AND last_seen_at >= first_seen_at + $2 * interval '1 millisecond'`,
    [scope.id, ctx.settings.settleMs],
  );
}
