import type { Context, RowOutcome, Sql } from '../context.ts';
import { problemKinds } from '../domain/data-quality.ts';
import { rejectedSource } from '../domain/rejected-row.ts';
import { profileItemBytes } from '../domain/wire.ts';
import type { Issue, JsonObject, MappedCustomer, MappedEvents } from '../domain/records.ts';
import type { ClaimedFile } from './claim-file.ts';
import { noteLearned, type LearnedKey } from './erasure/drop-erased.ts';
import type { Evaluation, Evaluator, StoredRecord } from './evaluate-units.ts';
import { openOptOuts } from './kept-consent.ts';
import { customerKey } from './order-customers.ts';
import { flowEventsOf } from './flow-events.ts';
import { noteIssues, type NotedIssue } from './note-issues.ts';
import type { Chunk } from './read-units.ts';
import { storedJson } from './stored-json.ts';
import { UPSERT_CUSTOMERS, UPSERT_EVENT_RECORDS } from './stage-sql.ts';

const ROW_OUTCOMES: RowOutcome[] = ['created', 'changed', 'unchanged', 'folded', 'rejected'];

type StagingInput = {
  connectionId: string;
  file: ClaimedFile;
  evaluator: Evaluator;
  chunk: Chunk;
  evaluations: Evaluation[];
  /** Keys under which people turned up who were erased. */
  learned: LearnedKey[];
  header: string[];
};

/**
 * Writes an evaluated chunk of records, the counters of the balance and the checkpoint in one transaction: after a kill
 * either all of the chunk is there or nothing of it.
 */
export async function stageRecords(ctx: Context, shopId: string, input: StagingInput): Promise<void> {
  const { connectionId, file, chunk, evaluations } = input;
  const rows = recordRows(ctx, input);
  const counts = await ctx.db.transaction('stage records', async (sql) => {
    if (rows !== null) {
      const statement = file.kind === 'customers' ? UPSERT_CUSTOMERS : UPSERT_EVENT_RECORDS[file.kind];
      await sql(statement, [shopId, connectionId, file.runId, rows]);
    }
    await noteIssues(sql, shopId, { connectionId, file, issues: issuesOf(input, evaluations) });
    await noteMisses(sql, shopId, evaluations);
    await noteLearned(sql, shopId, input.learned);
    return advanceRun(sql, file, chunk, evaluations);
  });
  // Counted once it is durable.
  for (const outcome of ROW_OUTCOMES) {
    ctx.meter({ what: 'rows', kind: file.kind, outcome, count: counts[outcome] });
  }
}

/** The chunk's records as the JSON that the statement reads; null when none has to be written. */
function recordRows(ctx: Context, { file, evaluator, evaluations }: StagingInput): string | null {
  const written = evaluations.filter((evaluation) => evaluation.result !== null);
  return written.length === 0
    ? null
    : storedJson(
        written.map((evaluation) => ({
          id: ctx.ids.uuid(),
          ...recordRow(evaluation, evaluator, file.stamp),
        })),
      );
}

type StoredForRow = Parameters<typeof openOptOuts>[0] &
  Pick<StoredRecord, 'rules_hash' | 'payload_hash' | 'history'>;

/** What the upsert statements read of a mapped unit. `stamp` = when its file was written; null = it comes from no file. */
export function recordRow(
  evaluation: Pick<Evaluation, 'unit' | 'result'> & { stored: StoredForRow | null },
  evaluator: Evaluator,
  stamp: Date | null,
): JsonObject {
  const { unit, result } = evaluation;
  if (result === null) {
    throw new Error('nothing to write');
  }
  const { mapped } = result;
  const base = {
    external_id: unit.key,
    source:
      mapped.kind === 'orders'
        ? {
            lines: result.rows.map(withoutBlanks),
            ...(result.returned === null ? {} : { returned: result.returned.map(withoutBlanks) }),
          }
        : withoutBlanks(result.rows[0] ?? {}),
    source_hash: result.sourceHash,
    rules_hash: evaluator.rulesHash,
    payload_hash: result.payloadHash,
    line: unit.rows[0]?.line ?? 0,
    status: mapped.of.outcome === 'mapped' ? 'pending' : mapped.of.outcome,
    reason: mapped.of.outcome === 'mapped' ? null : reasonOf(mapped.of.outcome, mapped.of.reason),
  };
  return mapped.kind === 'customers'
    ? { ...base, ...customerRow(mapped.of, evaluation.stored, evaluator, stamp) }
    : { ...base, ...eventsRow(mapped.of, result.rows, evaluator, evaluation.stored) };
}

function customerRow(
  mapped: MappedCustomer,
  stored: StoredForRow | null,
  evaluator: Evaluator,
  stamp: Date | null,
): JsonObject {
  const issues = problemKinds(mapped);
  if (mapped.outcome !== 'mapped') {
    const open = stored === null ? {} : openOptOuts(stored);
    return {
      ...{ payload: null, payload_bytes: 0, bulk: evaluator.bulk, issues },
      ...{ consent_email: open.email ?? null, consent_sms: open.sms ?? null },
    };
  }
  const { payload, consent, updatedAt } = mapped;
  // Between two files under the same rules the value changed; the first look at it says nothing about when it was set.
  const isChangeOfValue = stored?.rules_hash === evaluator.rulesHash && stored.payload_hash !== null;
  return {
    payload,
    payload_bytes: profileItemBytes(payload),
    bulk: evaluator.bulk,
    email: payload.attributes.email ?? null,
    phone: payload.attributes.phone_number ?? null,
    source_updated_at: updatedAt,
    list_name: payload.list,
    consent_email: consent.email ?? null,
    consent_sms: consent.sms ?? null,
    consent_source: consent.source ?? null,
    consent_at: consent.at ?? null,
    consent_set_at: updatedAt ?? (isChangeOfValue ? (stamp?.toISOString() ?? null) : null),
    consent_change_seen: isChangeOfValue,
    issues,
  };
}

function eventsRow(
  mapped: MappedEvents,
  rows: readonly JsonObject[],
  evaluator: Evaluator,
  stored: Pick<StoredRecord, 'history'> | null,
): JsonObject {
  const reference = evaluator.kind === 'orders' ? 'orders' : 'rewards';
  const key = customerKey(evaluator.compiled, reference, rows[0]);
  if (mapped.outcome !== 'mapped') {
    // Put right later, it is still the history that it was loaded as.
    const history = evaluator.bulk || stored?.history === true;
    return { payload: null, payload_bytes: 0, customer_key: key, history };
  }
  return {
    payload: mapped.payload,
    payload_bytes: Buffer.byteLength(JSON.stringify(mapped.payload)),
    customer_key: key,
    label: mapped.label,
    original_number: mapped.originalNumber ?? null,
    occurred_at: mapped.occurredAt,
    history: mapped.payload.backfill,
    event_count: mapped.payload.events.length,
  };
}

/** `outcome` tells later updates that the mapping itself keeps the record back. */
function reasonOf(outcome: 'skipped' | 'failed', issue: Issue): JsonObject {
  return { outcome, code: issue.code, message: issue.message, column: issue.column ?? null };
}

/** Blank cells are not stored: an absent column reads as blank. */
function withoutBlanks(row: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== ''));
}

function issuesOf(input: StagingInput, evaluations: Evaluation[]): NotedIssue[] {
  const rejected = input.chunk.rejected.map((row): NotedIssue => ({
    severity: 'error',
    code: row.code,
    message: row.message,
    line: row.line,
    column: row.column,
    source: row.cells === null ? undefined : rejectedSource(input.header, row.cells),
  }));
  const mapped = evaluations.flatMap(({ unit, result }): NotedIssue[] => {
    if (result === null) {
      return [];
    }
    const { of } = result.mapped;
    const issues: Issue[] = of.outcome === 'failed' ? [...of.warnings, of.reason] : of.warnings;
    return issues.map((issue) => ({
      severity: issue.severity,
      code: issue.code,
      message: issue.message,
      line: unit.rows[0]?.line ?? null,
      column: issue.column ?? null,
      value: issue.value,
      recordKey: unit.key,
    }));
  });
  return [...rejected, ...mapped];
}

/** A value is part of its row's key, which an index has to hold. Nobody translates longer ones. */
const LONGEST_MISS = 300;

/** Notes the values that translations were asked for and do not hold: the translations inbox. */
export async function noteMisses(
  sql: Sql,
  shopId: string,
  evaluations: Pick<Evaluation, 'result'>[],
): Promise<void> {
  const counts = new Map<string, { table: string; value: string; count: number }>();
  for (const miss of evaluations.flatMap((evaluation) => evaluation.result?.misses ?? [])) {
    // Cut without leaving half a character.
    const value = miss.value.slice(0, LONGEST_MISS).replace(/\p{Surrogate}$/u, '');
    const key = JSON.stringify([miss.table, value]);
    const known = counts.get(key);
    counts.set(key, { table: miss.table, value, count: (known?.count ?? 0) + 1 });
  }
  if (counts.size === 0) {
    return;
  }
  await sql(
    // A run works with the tables as they were when it began: what a person has translated meanwhile is not missing.
    `INSERT INTO translation_miss (shop_id, table_name, value, count)
     SELECT $1, m."table", m.value, m.count FROM jsonb_to_recordset($2::jsonb) AS m("table" text, value text, count int)
      WHERE NOT EXISTS (SELECT 1 FROM translation_table t JOIN translation_entry e ON e.table_id = t.id
                         WHERE t.shop_id = $1 AND t.name = m."table" AND e.source = m.value)
     ON CONFLICT (shop_id, table_name, value)
     DO UPDATE SET count = translation_miss.count + EXCLUDED.count, last_seen = now()`,
    [shopId, storedJson([...counts.values()].sort((a, b) => (a.value < b.value ? -1 : 1)))],
  );
}

async function advanceRun(
  sql: Sql,
  file: ClaimedFile,
  chunk: Chunk,
  evaluations: Evaluation[],
): Promise<Record<RowOutcome, number>> {
  const rows = {
    created: 0,
    changed: 0,
    unchanged: 0,
    folded: chunk.foldedRows,
    rejected: chunk.rejected.length,
  };
  for (const { standing, unit } of evaluations) {
    rows[standing] += unit.rowCount;
  }
  const read = rows.created + rows.changed + rows.unchanged + rows.folded + rows.rejected;
  const flowEvents = evaluations.reduce((sum, evaluation) => sum + flowEventsOf(evaluation), 0);
  const advanced = await sql(
    `UPDATE import_run
        SET read = read + $2, created = created + $3, changed = changed + $4, unchanged = unchanged + $5,
            folded = folded + $6, rejected = rejected + $7, flow_events = coalesce(flow_events, 0) + $10, checkpoint = $8
      WHERE id = $1 AND status = 'importing' AND checkpoint = $9 RETURNING id`,
    [
      file.runId,
      read,
      rows.created,
      rows.changed,
      rows.unchanged,
      rows.folded,
      rows.rejected,
      JSON.stringify(chunk.checkpoint),
      JSON.stringify(file.checkpoint),
      flowEvents,
    ],
  );
  if (advanced.length === 0) {
    throw new Error(`run ${file.runId} was moved on by somebody else`);
  }
  await sql(`UPDATE source_file SET lease_until = now() + interval '2 minutes' WHERE id = $1`, [file.id]);
  return rows;
}
