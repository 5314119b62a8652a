import type { Context } from '../context.ts';
import { compileRules } from '../domain/mapping.ts';
import { rulesForRow, sourceHasher } from '../domain/diff.ts';
import { readEmail } from '../domain/email.ts';
import type { SftpSession } from '../domain/ports/sftp.ts';
import type { SourceRow } from '../domain/records.ts';
import { ERROR_REASON } from '../domain/rejected-row.ts';
import { archiveFile } from './archive-file.ts';
import { checkSafeStop } from './check-safe-stop.ts';
import type { ClaimedFile } from './claim-file.ts';
import { dropErased, type Screened } from './erasure/drop-erased.ts';
import { scrubOthers } from './erasure/scrub-others.ts';
import { eraseRecords } from './erasure/erase-records.ts';
import { loadErased } from './erasure/erased-people.ts';
import { evaluateUnits, type Evaluator } from './evaluate-units.ts';
import { bulkRulesHash } from './bulk-rules.ts';
import { fetchFile } from './fetch-file.ts';
import type { ConnectionScope } from './load-connections.ts';
import { previewFile } from './preview-file.ts';
import { givePhonesBack } from './push/shared-phones.ts';
import { rankSharedEmails } from './rank-shared-emails.ts';
import { RECORD_TABLES } from './record-tables.ts';
import { readUnits } from './read-units.ts';
import { stageRecords } from './stage-records.ts';
import { surveyFile, type Survey } from './survey-file.ts';
import { stopped, type Turn } from './turn.ts';

/**
 * Takes one claimed file all the way to `archived` (or `duplicate`, `previewed`): fetch, survey, safe stop, stage, move.
 * Safe to repeat from any point. Errors are AppErrors that name what a person has to do, or `stopped` where the turn ended;
 * the caller holds the file.
 */
export async function importFile(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; sftp: SftpSession; file: ClaimedFile; turn: Turn },
): Promise<void> {
  const { scope, sftp, file, turn } = input;
  const fetched = await fetchFile(ctx, shopId, input);
  if (fetched.duplicateOf !== null) {
    await ctx.db.sql(
      `UPDATE import_run SET status = 'duplicate', settled_at = now() WHERE shop_id = $1 AND id = $2`,
      [shopId, file.runId],
    );
    await ctx.db.sql('UPDATE source_file SET problem = $2 WHERE id = $1', [
      file.id,
      JSON.stringify({
        code: 'duplicate',
        message: `Same content as ${fetched.duplicateOf}; nothing was sent.`,
      }),
    ]);
    await archiveFile(ctx, shopId, { scope, sftp, file, status: 'duplicate' });
    return;
  }
  const startedAt = ctx.clock.now().getTime();
  const survey = await surveyFile(ctx, {
    signal: turn.halt,
    path: fetched.spoolPath,
    name: file.name,
    kind: file.kind,
    rules: file.rules,
    connection: scope.name,
    async onFormat(format) {
      // A file without a header begins with a person, who may have been erased, or will be.
      const isPerson = format.header.some((cell) => 'email' in readEmail(cell));
      await ctx.db.sql('UPDATE source_file SET format = $2 WHERE id = $1', [
        file.id,
        JSON.stringify(isPerson ? { ...format, header: [], headerProblems: [] } : format),
      ]);
    },
  });
  const surveyMs = ctx.clock.now().getTime() - startedAt;
  await ctx.db.sql('UPDATE import_run SET total_rows = $2 WHERE id = $1', [file.runId, survey.totalRows]);
  const evaluator = evaluatorFor(file, survey);
  if (file.lane === 'test') {
    await previewFile(ctx, shopId, { scope, file, survey, evaluator, path: fetched.spoolPath });
    return;
  }
  if (file.checkpoint.row === undefined && !file.released && file.lane === 'pending') {
    await checkSafeStop(ctx, shopId, {
      ...{ scope, file, survey, evaluator, path: fetched.spoolPath },
      signal: turn.halt,
    });
  }
  await stageAll(ctx, shopId, { scope, file, survey, evaluator, path: fetched.spoolPath, turn, surveyMs });
  await finishRun(ctx, shopId, { scope, file, survey });
  await archiveFile(ctx, shopId, { scope, sftp, file, status: 'archived' });
}

/** So many rows change the statistics of a table. */
const MANY_ROWS = 5_000;

/** What maps and diffs the rows of this file, under the run's frozen rules. */
export function evaluatorFor(
  file: Pick<ClaimedFile, 'kind' | 'rules' | 'rulesHash' | 'lane'> & Partial<Pick<ClaimedFile, 'stamp'>>,
  survey: Survey,
): Evaluator {
  const compiled = compileRules(file.rules);
  const names = rulesForRow(survey.format.header, compiled);
  return {
    kind: file.kind,
    compiled,
    // A person of the bulk lane has consent and list undone: in the pending lane the row has to be mapped anew. An order
    // that was history there stays it.
    rulesHash:
      file.lane === 'bulk' && file.kind === 'customers' ? bulkRulesHash(file.rulesHash) : file.rulesHash,
    bulk: file.lane === 'bulk',
    stamp: file.stamp ?? null,
    hashCells: sourceHasher(names),
    toRow: (cells) => toRow(names, cells),
  };
}

function toRow(names: readonly string[], cells: readonly string[]): SourceRow {
  const row: Record<string, string> = {};
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? '';
    if (name !== ERROR_REASON) {
      row[name] = cells[index] ?? '';
    }
  }
  return row;
}

/** Looking through a file again to go on with it must not be most of a turn's work. */
const LEAST_WORK_PER_LOOK = 2;

async function stageAll(
  ctx: Context,
  shopId: string,
  input: {
    scope: ConnectionScope;
    file: ClaimedFile;
    survey: Survey;
    evaluator: Evaluator;
    path: string;
    turn: Turn;
    surveyMs: number;
  },
): Promise<void> {
  const { scope, file, survey, evaluator, turn } = input;
  const place = { connectionId: scope.id, rules: file.rules, evaluator, survey };
  const erased = await loadErased(ctx, shopId);
  const startedAt = ctx.clock.now().getTime();
  let firstChunkAt: number | null = null;
  let writing: Promise<void> | null = null;
  async function write(screened: Screened): Promise<void> {
    const { chunk } = screened;
    // Before the keys are noted: a repeat after a kill finds them again.
    await eraseLearned(ctx, shopId, { connectionId: scope.id, keys: screened.learned.map(({ key }) => key) });
    const header = survey.format.header;
    await stageRecords(ctx, shopId, { connectionId: scope.id, file, evaluator, ...screened, header });
    file.checkpoint = chunk.checkpoint;
    ctx.onProgress({
      connection: scope.name,
      step: 'import',
      subject: file.name,
      done: chunk.checkpoint.row + 1 + chunk.checkpoint.partition * survey.totalRows,
      total: survey.totalRows * survey.partitions,
    });
  }
  /** Whoever gives way too soon would look through the file again and again and get nowhere. */
  function isOver(): boolean {
    const now = ctx.clock.now().getTime();
    firstChunkAt ??= now;
    const lookMs = input.surveyMs + firstChunkAt - startedAt;
    const hasWorked = writing !== null && now - firstChunkAt >= LEAST_WORK_PER_LOOK * lookMs;
    return turn.halt.aborted || (turn.over.aborted && hasWorked);
  }
  await readUnits(
    ctx,
    {
      path: input.path,
      name: file.name,
      kind: file.kind,
      rules: file.rules,
      survey,
      from: file.checkpoint,
      signal: turn.halt,
    },
    async (chunk) => {
      if (isOver()) {
        await writing;
        throw stopped();
      }
      // Mapped while the chunk before is being written: a key stands in one chunk only, and the connection is ours alone.
      const units = await scrubOthers(ctx.db.sql, erased, place, chunk.units);
      const evaluations = await evaluateUnits(ctx, scope.id, evaluator, units);
      const screened = await dropErased(erased, place, { chunk, evaluations });
      await writing;
      writing = write(screened);
      // Awaited with the next chunk; its failure must not count as unhandled until then.
      writing.catch(() => undefined);
    },
  ).finally(() => writing?.catch(() => undefined));
  await writing;
}

/** Orders that came before anybody knew that their customer is somebody who was erased. */
async function eraseLearned(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; keys: string[] },
): Promise<void> {
  for (let isLast = input.keys.length === 0; !isLast;) {
    ({ isLast } = await eraseRecords(ctx, shopId, input));
  }
}

async function finishRun(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; file: ClaimedFile; survey: Survey },
): Promise<void> {
  const { scope, file } = input;
  await ctx.db.transaction('finish import', async (sql) => {
    if (file.kind === 'customers') {
      await rankSharedEmails(sql, { connectionId: scope.id, runId: file.runId });
      await givePhonesBack(sql, scope.id);
    }
    await sql(
      `UPDATE import_run SET status = 'imported', imported_at = COALESCE(imported_at, now()) WHERE shop_id = $1 AND id = $2`,
      [shopId, file.runId],
    );
    await sql(`UPDATE source_file SET status = 'imported' WHERE shop_id = $1 AND id = $2`, [shopId, file.id]);
  });
  if (input.survey.totalRows >= MANY_ROWS) {
    // What follows is planned by statistics; the server's own upkeep comes a minute too late for a first load.
    await ctx.db.sql(`ANALYZE ${RECORD_TABLES[file.kind]}, record_error`);
  }
}
