import type { Context } from '../context.ts';
import type { EventDraft, JsonObject, MappedCustomer } from '../domain/records.ts';
import type { ClaimedFile } from './claim-file.ts';
import { dropErased } from './erasure/drop-erased.ts';
import { scrubOthers } from './erasure/scrub-others.ts';
import { loadErased } from './erasure/erased-people.ts';
import { flowEventsOf } from './flow-events.ts';
import { evaluateUnits, type Evaluation, type Evaluator } from './evaluate-units.ts';
import type { ConnectionScope } from './load-connections.ts';
import { readUnits, type Chunk } from './read-units.ts';
import { RECORD_TABLES } from './record-tables.ts';
import { storedJson } from './stored-json.ts';
import type { Survey } from './survey-file.ts';

/** Exactly what a file would do, with samples up to a limit. Nothing is written and nothing is sent. */
export type PreviewReport = {
  file: string;
  kind: string;
  rows: {
    read: number;
    created: number;
    changed: number;
    unchanged: number;
    folded: number;
    rejected: number;
  };
  creates: { key: string; line: number; payload: JsonObject }[];
  updates: { key: string; line: number; before: JsonObject | null; after: JsonObject }[];
  consent: { key: string; line: number; channel: 'email' | 'sms'; from: string | null; to: string }[];
  events: (EventDraft & { key: string; line: number; backfill: boolean })[];
  skipped: { key: string; line: number; reason: string }[];
  failed: { key: string; line: number; code: string; message: string }[];
  rejected: { line: number; column: string | null; code: string; message: string }[];
  warnings: { line: number; column: string | null; code: string; message: string }[];
  /** Full numbers behind the samples above. */
  counts: {
    creates: number;
    updates: number;
    consent: number;
    events: number;
    /** Of the events those that could start flows. */
    flowEvents: number;
    skipped: number;
    failed: number;
    warnings: number;
  };
};

/** Dry run of a surveyed file against what the database holds: the same reading, mapping and diff as an import. */
export async function previewUnits(
  ctx: Context,
  shopId: string,
  input: {
    connectionId: string;
    name: string;
    path: string;
    rules: ClaimedFile['rules'];
    survey: Survey;
    evaluator: Evaluator;
    limit: number;
  },
): Promise<PreviewReport> {
  const { survey, evaluator, limit } = input;
  const report: PreviewReport = {
    file: input.name,
    kind: evaluator.kind,
    rows: { read: 0, created: 0, changed: 0, unchanged: 0, folded: 0, rejected: 0 },
    creates: [],
    updates: [],
    consent: [],
    events: [],
    skipped: [],
    failed: [],
    rejected: [],
    warnings: [],
    counts: {
      creates: 0,
      updates: 0,
      consent: 0,
      events: 0,
      flowEvents: 0,
      skipped: 0,
      failed: 0,
      warnings: 0,
    },
  };
  const erased = await loadErased(ctx, shopId);
  await readUnits(
    ctx,
    { path: input.path, name: input.name, kind: evaluator.kind, rules: input.rules, survey, from: {} },
    async (read) => {
      const units = await scrubOthers(ctx.db.sql, erased, input, read.units);
      const { chunk, evaluations } = await dropErased(erased, input, {
        chunk: read,
        evaluations: await evaluateUnits(ctx, input.connectionId, evaluator, units),
      });
      countRows(report, chunk, evaluations, limit);
      const needed = evaluations
        .filter((one) => one.standing === 'changed')
        .slice(0, limit - report.updates.length);
      const before = await readPayloads(ctx, input.connectionId, evaluator, needed);
      for (const evaluation of evaluations) {
        describe(report, evaluation, before, limit);
      }
    },
  );
  return report;
}

function countRows(report: PreviewReport, chunk: Chunk, evaluations: Evaluation[], limit: number): void {
  for (const { standing, unit } of evaluations) {
    report.rows[standing] += unit.rowCount;
    report.rows.read += unit.rowCount;
  }
  report.rows.folded += chunk.foldedRows;
  report.rows.rejected += chunk.rejected.length;
  report.rows.read += chunk.foldedRows + chunk.rejected.length;
  for (const { line, column, code, message } of chunk.rejected) {
    keep(report.rejected, limit, { line, column, code, message });
  }
}

async function readPayloads(
  ctx: Context,
  connectionId: string,
  evaluator: Evaluator,
  evaluations: Evaluation[],
): Promise<Map<string, JsonObject | null>> {
  if (evaluations.length === 0) {
    return new Map();
  }
  const rows = await ctx.db.sql<{ external_id: string; payload: JsonObject | null }>(
    `SELECT external_id, payload FROM ${RECORD_TABLES[evaluator.kind]} WHERE connection_id = $1 AND external_id = ANY($2)`,
    [connectionId, evaluations.map(({ unit }) => unit.key)],
  );
  return new Map(rows.map((row) => [row.external_id, row.payload]));
}

function describe(
  report: PreviewReport,
  evaluation: Evaluation,
  before: Map<string, JsonObject | null>,
  limit: number,
): void {
  const { unit, result, standing, stored } = evaluation;
  if (result === null) {
    return;
  }
  const { of } = result.mapped;
  const place = { key: unit.key, line: unit.rows[0]?.line ?? 0 };
  for (const { code, message, column } of of.warnings) {
    report.counts.warnings += 1;
    keep(report.warnings, limit, { line: place.line, column: column ?? null, code, message });
  }
  if (of.outcome === 'skipped') {
    report.counts.skipped += 1;
    keep(report.skipped, limit, { ...place, reason: of.reason.message });
    return;
  }
  if (of.outcome === 'failed') {
    report.counts.failed += 1;
    keep(report.failed, limit, { ...place, code: of.reason.code, message: of.reason.message });
    return;
  }
  if (standing === 'unchanged') {
    return;
  }
  const after = of.payload as unknown as JsonObject;
  if (standing === 'created') {
    report.counts.creates += 1;
    keep(report.creates, limit, { ...place, payload: after });
  } else {
    report.counts.updates += 1;
    keep(report.updates, limit, { ...place, before: before.get(unit.key) ?? null, after });
  }
  if (result.mapped.kind === 'customers') {
    describeConsent(report, place, result.mapped.of, stored, limit);
  } else if (result.mapped.of.outcome === 'mapped') {
    const { payload } = result.mapped.of;
    report.counts.flowEvents += flowEventsOf(evaluation);
    // What Klaviyo has, or is about to get, is not sent by this file.
    for (const event of payload.events.filter(({ part }) => stored?.taken_parts?.includes(part) !== true)) {
      report.counts.events += 1;
      keep(report.events, limit, { ...event, ...place, backfill: payload.backfill });
    }
  }
}

function describeConsent(
  report: PreviewReport,
  place: { key: string; line: number },
  mapped: MappedCustomer,
  stored: Evaluation['stored'],
  limit: number,
): void {
  if (mapped.outcome !== 'mapped') {
    return;
  }
  for (const channel of ['email', 'sms'] as const) {
    const to = mapped.consent[channel];
    const from = (channel === 'email' ? stored?.consent_email : stored?.consent_sms) ?? null;
    if (to !== undefined && to !== from) {
      report.counts.consent += 1;
      keep(report.consent, limit, { ...place, channel, from, to });
    }
  }
}

function keep<Item>(list: Item[], limit: number, item: Item): void {
  if (list.length < limit) {
    list.push(item);
  }
}

/** Samples of each kind that the page of a test file shows. */
const SAMPLES_KEPT = 50;

/** Runs a file of the test lane: imported in thought only, its report kept with the run. The file stays where it is. */
export async function previewFile(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; file: ClaimedFile; survey: Survey; evaluator: Evaluator; path: string },
): Promise<void> {
  const { scope, file } = input;
  const report = await previewUnits(ctx, shopId, {
    connectionId: scope.id,
    name: file.name,
    path: input.path,
    rules: file.rules,
    survey: input.survey,
    evaluator: input.evaluator,
    limit: SAMPLES_KEPT,
  });
  const { read, created, changed, unchanged, folded, rejected } = report.rows;
  await ctx.db.sql(
    `UPDATE import_run SET status = 'previewed', preview = $3, read = $4, created = $5, changed = $6, unchanged = $7,
            folded = $8, rejected = $9, flow_events = $10, settled_at = now() WHERE shop_id = $1 AND id = $2`,
    [
      ...[shopId, file.runId, storedJson(report)],
      ...[read, created, changed, unchanged, folded, rejected],
      report.counts.flowEvents,
    ],
  );
  await ctx.db.sql(
    `UPDATE source_file SET status = 'previewed', lease_owner = NULL, lease_until = NULL, spool_path = NULL WHERE id = $1`,
    [file.id],
  );
  await ctx.spool.remove(input.path);
}
