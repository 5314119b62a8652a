import type { Context, Sql } from '../context.ts';
import { draftProblems } from '../domain/draft-problems.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { readMapping, stateOf, type Snapshot } from '../queries/stored-mapping.server.ts';
import {
  auditMapping,
  checkSettings,
  connectionName,
  keepRevision,
  lockMappings,
} from './mapping-change.server.ts';

/**
 * Makes a mapping what a revision holds, as a new revision; one that was removed comes back to its former place. Refuses what
 * the shop's tables and connections no longer allow. Null = the shop has no such revision.
 */
export async function restoreMapping(
  ctx: Context,
  shopId: string,
  input: { mappingId: string; revisionId: string; actor: string },
): Promise<FormAnswer | null> {
  const { mappingId, revisionId, actor } = input;
  return ctx.db.transaction('restore mapping', async (sql) => {
    await lockMappings(sql, shopId);
    const [revision] = await sql<{ snapshot: Snapshot }>(
      'SELECT snapshot FROM mapping_revision WHERE shop_id = $1 AND id = $2 AND mapping_id = $3',
      [shopId, revisionId, mappingId],
    );
    const snapshot = revision?.snapshot ?? null;
    if (snapshot === null) {
      return null;
    }
    const connection = await connectionName(sql, shopId, snapshot.connection_id);
    if (connection === undefined) {
      return refusal('This version belongs to a connection that was removed. It cannot be restored.');
    }
    const { scope, target, description, blank, rules } = snapshot;
    const [problem] = draftProblems(
      { scope, target, description, blank, rules },
      await checkSettings(sql, shopId),
    );
    if (problem !== undefined) {
      return refusal(`This version cannot be restored as it is. ${problem.message}`);
    }
    const before = await readMapping(sql, shopId, mappingId);
    await keepRevision(sql, shopId, { mappingId, actor, isNew: before === undefined });
    await write(sql, shopId, { mappingId, snapshot, isThere: before !== undefined });
    await auditMapping(sql, shopId, {
      actor,
      action: 'restore mapping',
      before: before ?? null,
      after: stateOf(snapshot, connection),
    });
    return { ok: true, message: 'Mapping restored' };
  });
}

async function write(
  sql: Sql,
  shopId: string,
  input: { mappingId: string; snapshot: NonNullable<Snapshot>; isThere: boolean },
): Promise<void> {
  const { mappingId, snapshot, isThere } = input;
  const { connection_id: connectionId, scope, target, description, blank, rules, enabled } = snapshot;
  const values = [
    shopId,
    mappingId,
    connectionId,
    target,
    description,
    blank,
    JSON.stringify(rules),
    enabled,
  ];
  if (isThere) {
    await sql(
      `UPDATE mapping SET connection_id = $3, target = $4, description = $5, blank = $6, rules = $7, enabled = $8, updated_at = now()
        WHERE shop_id = $1 AND id = $2`,
      values,
    );
    return;
  }
  // Room at its former place: what came after it then moves on by one.
  await sql('UPDATE mapping SET position = position + 1 WHERE shop_id = $1 AND position >= $2', [
    shopId,
    snapshot.position,
  ]);
  await sql(
    `INSERT INTO mapping (shop_id, id, connection_id, target, description, blank, rules, enabled, scope, position)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [...values, scope, snapshot.position],
  );
}
