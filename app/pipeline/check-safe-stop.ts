import type { Context } from '../context.ts';
import { AppError } from '../domain/errors.ts';
import { CONSENT_SHARE_LIMIT, judgeConsentShare, judgeRowCount } from '../domain/safe-stop.ts';
import type { ClaimedFile } from './claim-file.ts';
import { evaluateUnits, type Evaluator } from './evaluate-units.ts';
import type { ConnectionScope } from './load-connections.ts';
import { readUnits } from './read-units.ts';
import type { Survey } from './survey-file.ts';

type SafeStopInput = {
  scope: ConnectionScope;
  file: ClaimedFile;
  survey: Survey;
  evaluator: Evaluator;
  path: string;
  signal?: AbortSignal;
};

/**
 * Holds a file that looks wrong as a whole before any of it is staged: far fewer rows than the recent full exports of
 * its kind, or consent changes for more than a fifth of the known customers. A person releases or discards it.
 * Errors: AppError `too_few_rows`, `too_many_consent_changes`.
 */
export async function checkSafeStop(ctx: Context, shopId: string, input: SafeStopInput): Promise<void> {
  const { scope, file, survey } = input;
  if (file.kind !== 'customers') {
    return;
  }
  const recent = await ctx.db.sql<{ rows: number; known: number }>(
    `SELECT r.read AS rows, (r.created + r.changed + r.unchanged) AS known
       FROM import_run r JOIN source_file f ON f.id = r.file_id
      WHERE r.shop_id = $1 AND r.connection_id = $2 AND f.kind = 'customers' AND f.lane = 'pending'
        AND f.status = 'archived' AND r.id <> $3
      ORDER BY r.imported_at DESC LIMIT 5`,
    [shopId, scope.id, file.runId],
  );
  const [count] = await ctx.db.sql<{ known: number }>(
    'SELECT count(*)::int AS known FROM customer WHERE connection_id = $1',
    [scope.id],
  );
  const known = count?.known ?? 0;
  const rowVerdict = judgeRowCount({ rows: survey.totalRows, recent: recent.map((run) => run.rows), known });
  if (rowVerdict !== null) {
    throw new AppError({
      code: 'too_few_rows',
      retry: 'person',
      message: `${file.name}: ${survey.totalRows} rows, usual ${rowVerdict.usual}`,
      hint: `${file.name} has ${survey.totalRows} rows; the recent files had about ${rowVerdict.usual}. Release it if that is right, or discard it and export again.`,
      where: { file: file.name },
    });
  }
  const changes = await countConsentChanges(ctx, input, known);
  if (judgeConsentShare({ changes, known })) {
    throw new AppError({
      code: 'too_many_consent_changes',
      retry: 'person',
      message: `${file.name}: ${changes} consent changes among ${known} customers`,
      hint: `${file.name} changes the consent of ${changes} of ${known} known customers, more than ${CONSENT_SHARE_LIMIT * 100} %. Release it if that is right, or discard it and check the consent columns.`,
      where: { file: file.name },
    });
  }
}

async function countConsentChanges(ctx: Context, input: SafeStopInput, known: number): Promise<number> {
  if (!judgeConsentShare({ changes: known, known })) {
    return 0;
  }
  const { scope, file, survey, evaluator } = input;
  let changes = 0;
  await readUnits(
    ctx,
    {
      ...{ path: input.path, name: file.name, kind: file.kind, rules: file.rules, survey, from: {} },
      signal: input.signal,
    },
    async (chunk) => {
      for (const { stored, result } of await evaluateUnits(ctx, scope.id, evaluator, chunk.units)) {
        if (stored === null || result?.mapped.kind !== 'customers' || result.mapped.of.outcome !== 'mapped') {
          continue;
        }
        const { consent } = result.mapped.of;
        const hasNewEmail =
          consent.email !== undefined &&
          stored.consent_email !== null &&
          consent.email !== stored.consent_email;
        const hasNewSms =
          consent.sms !== undefined && stored.consent_sms !== null && consent.sms !== stored.consent_sms;
        changes += hasNewEmail || hasNewSms ? 1 : 0;
      }
      ctx.onProgress({
        connection: scope.name,
        step: 'survey',
        subject: file.name,
        done: chunk.checkpoint.row + 1,
        total: survey.totalRows,
        note: 'comparing',
      });
    },
  );
  return changes;
}
