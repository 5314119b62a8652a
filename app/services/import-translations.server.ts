import { writeFile } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { readTranslationLines, type CsvLine, type LineProblem } from '../domain/translation-csv.ts';
import { MOST_ENTRIES, planOf, shortened, type TranslationPlan } from '../domain/translation-entries.ts';
import { lockTable, writePlan, type LockedTable } from './translation-table.server.ts';
import { writeAudit } from './write-audit.server.ts';

export type ImportReport = {
  added: number;
  changed: number;
  same: number;
  /** Entries of the table that are not in the file: `replace` removes them. */
  absent: number;
  problemCount: number;
  /** The first of them. */
  problems: LineProblem[];
  /** The first changed entries, as they are and as they would be. */
  examples: { from: string; before: string; after: string }[];
};

type Refused = Extract<FormAnswer, { ok: false }>;
export type ImportAnswer = Refused | { ok: true; message: string; report: ImportReport };

const PROBLEMS_NAMED = 50;
const EXAMPLES = 10;

/**
 * What a CSV file does to a table (`dryRun`), or does it: adds and changes entries; with `replace` also removes those that
 * the file does not have. Lines that cannot be used are left out and named; a file with such lines replaces nothing.
 * `bytes` in any encoding and with any separator that exports come in. Null: the shop has no such table.
 */
export async function importTranslations(
  ctx: Context,
  shopId: string,
  input: { table: string; bytes: Uint8Array; mode: 'merge' | 'replace'; dryRun: boolean; actor: string },
): Promise<ImportAnswer | null> {
  const lines = await readLines(ctx, input.bytes);
  return ctx.db.transaction('import translations', async (sql) => {
    const table = await lockTable(sql, shopId, input.table);
    if (table === null) {
      return null;
    }
    if (!Array.isArray(lines)) {
      return lines;
    }
    const { entries, problems } = readTranslationLines(lines);
    const { plan, report } = weigh(table, entries, problems, input.mode);
    const refused = refusalOf({ table, entries, plan, report, mode: input.mode });
    if (refused !== null) {
      return refused;
    }
    if (input.dryRun) {
      return { ok: true, message: 'File checked', report };
    }
    if (plan.changes.length > 0) {
      await writePlan(sql, shopId, table, plan);
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: input.mode === 'replace' ? 'replace translations' : 'import translations',
        subject: table.name,
        changes: shortened(plan.changes.map((change) => ({ ...change, path: `entries.${change.path}` }))),
      });
    }
    return { ok: true, message: 'Translations imported', report };
  });
}

function weigh(
  table: LockedTable,
  entries: ReadonlyMap<string, string>,
  problems: LineProblem[],
  mode: 'merge' | 'replace',
): { plan: TranslationPlan; report: ImportReport } {
  const bySource = new Map([...table.entries.keys()].map((source) => [source.trim(), source]));
  const wanted = new Map([...entries].map(([from, to]) => [bySource.get(from) ?? from, to]));
  const absent = [...table.entries.keys()].filter((source) => !wanted.has(source));
  const plan = planOf(table.entries, wanted, new Set(mode === 'replace' ? absent : []));
  const changed = plan.set.filter(({ source }) => table.entries.has(source));
  const report: ImportReport = {
    added: plan.set.length - changed.length,
    changed: changed.length,
    same: wanted.size - plan.set.length,
    absent: absent.length,
    problemCount: problems.length,
    problems: problems.slice(0, PROBLEMS_NAMED),
    examples: changed.slice(0, EXAMPLES).map(({ source, target }) => ({
      from: source,
      before: table.entries.get(source) ?? '',
      after: target,
    })),
  };
  return { plan, report };
}

function refusalOf(input: {
  table: LockedTable;
  entries: ReadonlyMap<string, string>;
  plan: TranslationPlan;
  report: ImportReport;
  mode: 'merge' | 'replace';
}): Refused | null {
  const { table, entries, plan, report, mode } = input;
  if (entries.size === 0 && report.problemCount === 0) {
    return refused('There is no line with a value in it. A line has two cells: from, to.');
  }
  if (mode === 'replace' && report.problemCount > 0) {
    return refused(
      'Some lines cannot be used, so replacing would lose their entries. Correct them first, or apply the rest without replacing.',
    );
  }
  if (table.entries.size + report.added - plan.remove.length > MOST_ENTRIES) {
    return refused(`A table holds ${MOST_ENTRIES} entries at most. Leave out values that no file brings.`);
  }
  return null;
}

/** The lines of a file, or why it cannot be read. The reader of exports needs a file: it lies in the spool meanwhile. */
async function readLines(ctx: Context, bytes: Uint8Array): Promise<CsvLine[] | Refused> {
  const name = 'The file';
  const path = ctx.spool.pathOf(`import-${ctx.ids.uuid()}`);
  try {
    await writeFile(path, bytes, { mode: 0o600 });
    const format = await ctx.csv.sniff(path, name);
    const lines: CsvLine[] = [{ line: 1, cells: format.header }];
    await ctx.csv.read(path, format, (rows) => void lines.push(...rows), { name });
    return lines;
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    if (error.code === 'csv_empty' || error.code === 'csv_header') {
      return refused('The first line is blank. A line has two cells: from, to.');
    }
    // Written for exports, of which something may have been sent.
    return refused(error.hint.replace(' Nothing of this file was sent.', ''));
  } finally {
    await ctx.spool.remove(path);
  }
}

function refused(message: string): Refused {
  return { ok: false, problems: [{ field: '', message }] };
}
