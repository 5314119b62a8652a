import type { Context } from '../context.ts';
import { compileRules, compileSettings, type CompiledRules } from '../domain/compile-rules.ts';
import { rulesForRow } from '../domain/diff.ts';
import { draftProblems } from '../domain/draft-problems.ts';
import { AppError, isAppError } from '../domain/errors.ts';
import type { MappingPreview } from '../domain/mapping-preview.ts';
import { mappingSchema } from '../domain/mapping-schema.ts';
import {
  placeDraft,
  previewDraft,
  sampleDraft,
  type DraftVerdict,
  type PlacedDraft,
  type PreviewRecord,
} from '../domain/preview-draft.ts';
import type { RecordKind } from '../domain/records.ts';
import { KIND_OF_SCOPE, type Mapping, type MappingScope } from '../domain/rules.ts';
import { rowNamer, storedRows } from '../domain/stored-rows.ts';
import { loadWithDraft, type ConnectionScope } from '../pipeline/load-connections.ts';
import {
  newestHeader,
  newestRecords,
  newestStamp,
  type StoredRecord,
} from '../queries/newest-records.server.ts';
import { pickRow, type PickedRow, type RowChoice } from './pick-preview-row.server.ts';

/** A mapping as somebody is typing it: everything but its scope may be wrong. */
export type TypedDraft = {
  scope: MappingScope;
  target: string;
  description: string;
  blank: string;
  rules: unknown[];
};

/** Source rows that the hit counts come from. */
const SAMPLE_ROWS = 1_000;
/** Time that all of them may take: fewer rows tell as much. */
const SAMPLE_MS = 60;
/** Time that one row may take, whatever the templates of a shop say: other shops wait meanwhile. */
const ROW_MS = 300;
/** The sample of one connection serves while somebody types. */
const SAMPLE_LIVES_MS = 10_000;
const SAMPLES_KEPT = 5;
/** Records that the rows come from: an order has many. */
const SAMPLE_RECORDS: Record<RecordKind, number> = { customers: 1_000, orders: 400, rewards: 1_000 };

/**
 * What a mapping would do if it were saved: on one real row, by the evaluation of an import, and how many of the newest rows
 * each rule holds for. Reads only; mistakes of the draft are in the answer. Null = the shop has no such connection or mapping.
 */
export async function previewMapping(
  ctx: Context,
  shopId: string,
  input: { connectionId: string | null; mappingId: string | null; draft: TypedDraft; row: RowChoice },
): Promise<MappingPreview | null> {
  const { draft } = input;
  const mapping = usableMapping(draft);
  const scope = await loadWithDraft(ctx, shopId, { ...input, mapping });
  if (scope === null) {
    return null;
  }
  if (scope === 'no-connection') {
    return emptyPreview('Add a connection first: the preview shows a row of its files.');
  }
  const settings = compileSettings(scope.rules);
  const problems = draftProblems(draft, settings);
  try {
    const hasRules = !problems.some(({ field }) => field.startsWith('rules'));
    return {
      ...(await previewUsable(ctx, shopId, { scope, mapping, hasRules, choice: input.row })),
      problems,
    };
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    return { ...emptyPreview(error.hint), problems };
  }
}

/** The draft with what is wrong outside its rules put right, so that its rules can be tried while the rest is being typed. */
function usableMapping(draft: TypedDraft): Mapping {
  const { scope, description } = draft;
  const standIn = { scope, description, target: 'properties.preview', blank: 'keep' };
  const parsed = mappingSchema.safeParse({ ...standIn, rules: draft.rules });
  const rules = parsed.success ? parsed.data.rules : [];
  const settings = compileSettings({ timezone: 'UTC', phoneCountry: 'AU', translations: {} });
  const wrong = draftProblems({ ...draft, rules: [{ template: '' }] }, settings).map(({ field }) => field);
  return {
    ...standIn,
    rules,
    ...(wrong.includes('target') ? {} : { target: draft.target }),
    ...(wrong.includes('blank') ? {} : { blank: draft.blank }),
  };
}

async function previewUsable(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; mapping: Mapping; hasRules: boolean; choice: RowChoice },
): Promise<MappingPreview> {
  const { scope, mapping, hasRules, choice } = input;
  const place = { connectionId: scope.id, kind: KIND_OF_SCOPE[mapping.scope] };
  const until = { ms: performance.now() + ROW_MS };
  const rules = hasRules
    ? scope.rules
    : { ...scope.rules, mappings: scope.rules.mappings.filter((one) => one.rules !== mapping.rules) };
  const compiled = compileRules(rules, { renderLimitMs: () => Math.max(1, until.ms - performance.now()) });
  const [newest, header] = await Promise.all([
    newestSample(ctx, shopId, place),
    newestHeader(ctx, shopId, place),
  ]);
  const picked = await pickRow(ctx, shopId, { scope, mapping, compiled, choice, newest, place });
  const shown = {
    ...emptyPreview(picked.note),
    row: picked.record === null ? null : rowOf(compiled, picked, header),
  };
  if (!hasRules) {
    return shown;
  }
  const placed = placeDraft(compiled, mapping);
  const headerNames = picked.header ?? (header === null ? null : rulesForRow(header, compiled));
  until.ms = performance.now() + ROW_MS;
  const verdict = verdictOf(compiled, {
    placed,
    record: picked.record,
    header: headerNames,
    until: until.ms,
  });
  until.ms = performance.now() + SAMPLE_MS;
  const name = rowNamer(compiled);
  const sample = sampleDraft(placed, sampleRows(newest, place.kind, name), {
    rows: SAMPLE_ROWS,
    isOver: () => performance.now() > until.ms,
  });
  return {
    ...shown,
    ...verdict,
    note: [shown.note, verdict.note].filter((note) => note !== null && note !== undefined).join(' ') || null,
    sample: sample.rows === 0 ? null : sample,
  };
}

function verdictOf(
  compiled: CompiledRules,
  input: { placed: PlacedDraft; record: PreviewRecord | null; header: string[] | null; until: number },
): Partial<DraftVerdict> {
  const { record, until } = input;
  if (record === null) {
    return {};
  }
  try {
    return previewDraft(compiled, { ...input, record, checkTime: () => assertInTime(until) });
  } catch (error) {
    if (!isAppError(error, 'preview_too_slow')) {
      throw error;
    }
    return { note: error.hint };
  }
}

function* sampleRows(
  newest: StoredRecord[],
  kind: RecordKind,
  name: ReturnType<typeof rowNamer>,
): Generator<ReturnType<typeof name>[]> {
  for (const { source } of newest) {
    yield storedRows(kind, source).map(name);
  }
}

function rowOf(compiled: CompiledRules, picked: PickedRow, header: string[] | null): MappingPreview['row'] {
  const [row = {}] = picked.record?.rows ?? [];
  const names = picked.header ?? rulesForRow(header ?? [], compiled);
  const all = [...new Set([...names, ...Object.keys(row)])];
  return { label: picked.label, columns: all.map((name) => ({ name, value: row[name] ?? '' })) };
}

function assertInTime(until: number): void {
  if (performance.now() > until) {
    throw new AppError({
      code: 'preview_too_slow',
      retry: 'person',
      message: 'a preview took too long',
      hint: 'The mappings take too long on this row. Make the templates and patterns simpler.',
    });
  }
}

function emptyPreview(note: string | null): MappingPreview {
  return {
    row: null,
    matchedRule: null,
    result: null,
    outcome: 'no-rule',
    warnings: [],
    problems: [],
    sample: null,
    note,
  };
}

type Sample = { stamp: string; readAt: number; records: StoredRecord[] };

/** By process, so that a keystroke does not read a thousand rows again. */
const samples = new WeakMap<Context['db'], Map<string, Sample>>();

async function newestSample(
  ctx: Context,
  shopId: string,
  place: { connectionId: string; kind: RecordKind },
): Promise<StoredRecord[]> {
  const kept = samples.get(ctx.db) ?? new Map<string, Sample>();
  samples.set(ctx.db, kept);
  const name = `${shopId} ${place.connectionId} ${place.kind}`;
  const stamp = await newestStamp(ctx, shopId, place);
  const known = kept.get(name);
  const now = ctx.clock.now().getTime();
  if (known !== undefined && known.stamp === stamp && now - known.readAt < SAMPLE_LIVES_MS) {
    return known.records;
  }
  const records =
    stamp === null ? [] : await newestRecords(ctx, shopId, { ...place, limit: SAMPLE_RECORDS[place.kind] });
  kept.delete(name);
  kept.set(name, { stamp: stamp ?? '', readAt: now, records });
  // The oldest goes: a map keeps the order in which its entries came.
  const [oldest] = kept.keys();
  if (kept.size > SAMPLES_KEPT && oldest !== undefined) {
    kept.delete(oldest);
  }
  return records;
}
