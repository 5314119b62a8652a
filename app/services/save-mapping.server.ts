import type { Context, Sql } from '../context.ts';
import { draftProblems } from '../domain/draft-problems.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { mappingChanges } from '../domain/mapping-changes.ts';
import { mappingSchema } from '../domain/mapping-schema.ts';
import type { Mapping, MappingScope } from '../domain/rules.ts';
import { readMapping } from '../queries/stored-mapping.server.ts';
import {
  auditMapping,
  checkSettings,
  connectionName,
  keepRevision,
  lastChange,
  lockMappings,
} from './mapping-change.server.ts';

export type MappingInput = {
  mappingId: string;
  /** What the page was opened with; null = the mapping is new and its page chose the id, so that a repeat makes no second. */
  version: string | null;
  connectionId: string | null;
  draft: { scope: MappingScope; target: string; description: string; blank: string; rules: unknown[] };
  actor: string;
};

/**
 * Saves a mapping, or makes a new one at the end of the order, when it passes the checks of shop.yaml and nobody changed it since
 * the page was opened. What it was is kept as a revision. The problems' fields are paths in the draft, `connectionId` or
 * `version`. Null = the shop has no such mapping.
 */
export async function saveMapping(
  ctx: Context,
  shopId: string,
  input: MappingInput,
): Promise<FormAnswer | null> {
  return ctx.db.transaction('save mapping', async (sql) => {
    await lockMappings(sql, shopId);
    const stored = await readMapping(sql, shopId, input.mappingId);
    if (stored === undefined && input.version !== null) {
      return removedMeanwhile(sql, shopId, input.mappingId);
    }
    // The scope of a mapping decides which rows it sees: it never changes.
    const draft = stored === undefined ? input.draft : { ...input.draft, scope: stored.scope };
    const problems = draftProblems(draft, await checkSettings(sql, shopId));
    const connection = await connectionName(sql, shopId, input.connectionId);
    if (connection === undefined) {
      const message = 'This connection was removed. Choose another one.';
      problems.push({ field: 'connectionId', message });
    }
    const parsed = mappingSchema.safeParse(draft);
    if (problems.length > 0 || !parsed.success || connection === undefined) {
      return { ok: false, problems };
    }
    const after = { ...parsed.data, connection, enabled: stored?.enabled ?? true };
    if (stored !== undefined && mappingChanges(stored, after).length === 0) {
      return { ok: true, message: 'Mapping saved' };
    }
    if (stored !== undefined && stored.version !== input.version) {
      return changedMeanwhile(sql, shopId, input.mappingId);
    }
    if (stored !== undefined) {
      await keepRevision(sql, shopId, input);
      await update(sql, shopId, input, parsed.data);
    } else if (await insert(sql, shopId, input, parsed.data)) {
      await keepRevision(sql, shopId, { ...input, isNew: true });
    } else {
      return null;
    }
    await auditMapping(sql, shopId, {
      actor: input.actor,
      action: stored === undefined ? 'add mapping' : 'save mapping',
      before: stored ?? null,
      after,
    });
    return { ok: true, message: stored === undefined ? 'Mapping added' : 'Mapping saved' };
  });
}

async function changedMeanwhile(sql: Sql, shopId: string, mappingId: string): Promise<FormAnswer> {
  const last = await lastChange(sql, shopId, mappingId);
  const message = `This mapping was changed since you opened it${last === null ? '' : `, by ${last}`}. Nothing was saved, and what you typed is still here.`;
  return { ok: false, problems: [{ field: 'version', message }] };
}

async function removedMeanwhile(sql: Sql, shopId: string, mappingId: string): Promise<FormAnswer | null> {
  const last = await lastChange(sql, shopId, mappingId);
  if (last === null) {
    return null;
  }
  const message = `This mapping was removed since you opened it, by ${last}. Restore it from its history, then save again.`;
  return { ok: false, problems: [{ field: '', message }] };
}

async function update(sql: Sql, shopId: string, input: MappingInput, mapping: Mapping): Promise<void> {
  await sql(
    `UPDATE mapping SET connection_id = $3, target = $4, description = $5, blank = $6, rules = $7, updated_at = now()
      WHERE shop_id = $1 AND id = $2`,
    valuesOf(shopId, input, mapping),
  );
}

/** False when another shop has a mapping of that id. */
async function insert(sql: Sql, shopId: string, input: MappingInput, mapping: Mapping): Promise<boolean> {
  const added = await sql(
    `INSERT INTO mapping (shop_id, id, connection_id, target, description, blank, rules, scope, position)
     SELECT $1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7::jsonb, $8, coalesce(max(position) + 1, 0) FROM mapping WHERE shop_id = $1
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    [...valuesOf(shopId, input, mapping), mapping.scope],
  );
  return added.length > 0;
}

function valuesOf(shopId: string, input: MappingInput, mapping: Mapping): unknown[] {
  const { target, description, blank, rules } = mapping;
  return [shopId, input.mappingId, input.connectionId, target, description, blank, JSON.stringify(rules)];
}
