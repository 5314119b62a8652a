import { z } from 'zod';
import type { Context } from '../../context.ts';
import { AppError } from '../../domain/errors.ts';
import { explainImportError, isIdentityConflict } from '../../domain/import-errors.ts';
import type { JsonValue } from '../../domain/records.ts';
import { identityOfOriginal } from '../../domain/wire.ts';
import { findBatches, settleStatuses, withdrawBatch, withdrawFailing } from './batch-items.ts';
import { insertBatch } from './due-records.ts';
import type { Batch, Push } from './push.ts';
import { recordProfilesDone, recordRefused, type RefusedRecord } from './record-outcomes.ts';
import { sendRequest } from './send-request.ts';

const job = z.object({
  id: z.string(),
  attributes: z.object({ status: z.string(), failed_count: z.number().nullish() }),
});
const jobPage = z.object({
  data: z.array(job),
  links: z.object({ next: z.string().nullish() }).nullish(),
});
const errorPage = z.object({
  data: z.array(
    z.object({
      attributes: z
        .object({
          code: z.string().nullish(),
          title: z.string().nullish(),
          detail: z.string().nullish(),
          original_payload: z.unknown(),
        })
        .passthrough(),
    }),
  ),
  links: z.object({ next: z.string().nullish() }).nullish(),
});

/** Klaviyo counts the profile of a job as failed and lists no error for it. */
const NO_REASON =
  'Klaviyo did not import this profile and gives no reason. Retry it; if that fails again, compare the row with one that went through.';

type Job = z.infer<typeof job>;
type JobError = { code: string; detail: string; original: JsonValue | undefined };

/**
 * Looks once at all open import jobs of a connection and settles those that have ended. One list request covers a
 * hundred jobs. Returns how many are still open, since when, and how many were settled: these may have left work.
 */
export async function confirmJobs(
  ctx: Context,
  push: Push,
): Promise<{ open: number; settled: number; oldestSentAt: Date | null }> {
  const open = await findBatches(ctx, push, ['accepted']);
  if (open.length === 0) {
    return { open: 0, settled: 0, oldestSentAt: null };
  }
  const jobs = await readJobs(ctx, push, open);
  let stillOpen = 0;
  let oldestSentAt: Date | null = null;
  for (const batch of open) {
    const state = batch.jobId === null ? undefined : jobs.get(batch.jobId);
    if (state?.attributes.status === 'complete') {
      await settleJob(ctx, push, batch, state);
    } else if (state === undefined || state.attributes.status === 'cancelled') {
      // A job that was cancelled, or that Klaviyo no longer knows: its profiles go again, which is harmless.
      ctx.log.warn(
        { connection: push.scope.id, job: batch.jobId },
        'an import job did not finish; its profiles go again',
      );
      await ctx.db.transaction('job cancelled', (sql) =>
        withdrawFailing(sql, batch, 'customers', {
          maxAttempts: ctx.settings.maxAttempts,
          code: 'job_cancelled',
          message: 'Klaviyo cancelled the import of this profile several times. Retry it later.',
        }),
      );
    } else {
      stillOpen += 1;
      oldestSentAt ??= batch.sentAt;
    }
  }
  return { open: stillOpen, settled: open.length - stillOpen, oldestSentAt };
}

/** States of the wanted jobs: the newest jobs page by page until all were seen, then single looks for the rest. */
async function readJobs(ctx: Context, push: Push, open: Batch[]): Promise<Map<string, Job>> {
  const wanted = new Set(open.flatMap((batch) => batch.jobId ?? []));
  const found = new Map<string, Job>();
  const pages = Math.ceil(open.length / 100) + 1;
  let path: string | null = '/api/profile-bulk-import-jobs?sort=-created_at&page%5Bsize%5D=100';
  for (let page = 0; page < pages && path !== null && found.size < wanted.size; page += 1) {
    const answer = await sendRequest(
      ctx,
      push,
      { operation: 'listImportJobs', method: 'GET', path },
      { repeatable: true },
    );
    const parsed = jobPage.safeParse(answer?.body);
    if (!parsed.success) {
      break;
    }
    for (const one of parsed.data.data) {
      if (wanted.has(one.id)) {
        found.set(one.id, one);
      }
    }
    path = pathOf(parsed.data.links?.next);
  }
  for (const id of wanted) {
    if (!found.has(id)) {
      const request = {
        operation: 'getImportJob',
        method: 'GET',
        path: `/api/profile-bulk-import-jobs/${encodeURIComponent(id)}`,
      } as const;
      const answer = await sendRequest(ctx, push, request, { repeatable: true });
      const parsed = z.object({ data: job }).safeParse(answer?.body);
      if (parsed.success) {
        found.set(id, parsed.data.data);
      }
    }
  }
  return found;
}

/** Links come back absolute; only path and query are ours to follow, on our own origin. */
function pathOf(link: string | null | undefined): string | null {
  if (link === null || link === undefined) {
    return null;
  }
  const url = new URL(link, 'https://a.klaviyo.com');
  return url.pathname + url.search;
}

async function settleJob(ctx: Context, push: Push, batch: Batch, state: Job): Promise<void> {
  const failed = state.attributes.failed_count ?? 0;
  const errors = failed > 0 ? await readErrors(ctx, push, batch) : [];
  const items = await ctx.db.sql<{
    id: string;
    external_id: string | null;
    email: string | null;
    phone: string | null;
  }>(
    `SELECT c.id, c.payload->'attributes'->>'external_id' AS external_id, c.email, c.phone FROM push_item i JOIN customer c ON c.id = i.record_id
      WHERE i.batch_id = $1 AND i.open ORDER BY i.position`,
    [batch.id],
  );
  const { refused, conflicts, unmatched: nameless } = sortErrors(items, errors);
  // Of a failure without an error nobody knows whose it is, either.
  const unmatched = nameless + Math.max(0, failed - errors.length);
  await ctx.db.transaction('settle import job', async (sql) => {
    if (unmatched > 0 && items.length > 1) {
      // Errors that name nobody: halve the job until each stands for one profile. Repeating an import is harmless.
      await withdrawBatch(sql, batch);
      const middle = Math.ceil(items.length / 2);
      for (const half of [items.slice(0, middle), items.slice(middle)]) {
        await insertBatch(sql, ctx, push, {
          kind: 'profile-import',
          grouping: batch.grouping,
          recordKind: 'customers',
          items: half.map(({ id }) => ({ id, part: 'profile' })),
        });
      }
      return;
    }
    const [only] = items;
    const [error] = errors;
    if (unmatched > 0 && only !== undefined && refused.length === 0 && conflicts.length === 0) {
      refused.push(
        error === undefined
          ? { id: only.id, part: 'profile', code: 'job_without_reason', message: NO_REASON }
          : { id: only.id, part: 'profile', code: error.code, message: explainImportError(error) },
      );
    }
    await recordRefused(sql, batch, 'customers', refused);
    if (conflicts.length > 0) {
      await sql(
        `UPDATE push_item SET open = false, outcome = 'conflict' WHERE batch_id = $1 AND record_id = ANY($2::uuid[])`,
        [batch.id, conflicts],
      );
      await sql('UPDATE customer SET single = true WHERE id = ANY($1::uuid[])', [conflicts]);
      await settleStatuses(sql, 'customers', conflicts);
    }
    await recordProfilesDone(sql, batch);
  });
}

async function readErrors(ctx: Context, push: Push, batch: Batch): Promise<JobError[]> {
  const errors: JobError[] = [];
  let path: string | null =
    `/api/profile-bulk-import-jobs/${encodeURIComponent(batch.jobId ?? '')}/import-errors?page%5Bsize%5D=100`;
  while (path !== null) {
    const answer = await sendRequest(
      ctx,
      push,
      { operation: 'getImportErrors', method: 'GET', path },
      { repeatable: true },
    );
    const page = errorPage.safeParse(answer?.body);
    if (!page.success) {
      // Without them nobody knows which profiles arrived: the job stays open and is looked at again.
      throw new AppError({
        code: 'klaviyo_unexpected',
        retry: 'later',
        message: `errors of import job ${batch.jobId}: status ${answer?.status ?? 'none'}`,
        hint: `Klaviyo gave an answer that we do not understand when the errors of an import were read for "${push.scope.name}". The next pass looks again.`,
      });
    }
    for (const { attributes } of page.data.data) {
      errors.push({
        code: attributes.code ?? 'invalid',
        detail: attributes.detail ?? attributes.title ?? '',
        original: attributes.original_payload as JsonValue | undefined,
      });
    }
    path = pathOf(page.data.links?.next);
  }
  return errors;
}

type Identified = { id: string; external_id: string | null; email: string | null; phone: string | null };

/** Lands each error on its profile by what Klaviyo gives back of it: external id, else e-mail, else phone. */
function sortErrors(
  items: readonly Identified[],
  errors: readonly JobError[],
): { refused: RefusedRecord[]; conflicts: string[]; unmatched: number } {
  const byExternalId = new Map(
    items.flatMap((item) => (item.external_id === null ? [] : [[item.external_id, item.id]])),
  );
  const byEmail = new Map(
    items.flatMap((item) => (item.email === null ? [] : [[item.email.toLowerCase(), item.id]])),
  );
  const byPhone = new Map(items.flatMap((item) => (item.phone === null ? [] : [[item.phone, item.id]])));
  const refused = new Map<string, RefusedRecord>();
  const conflicts = new Set<string>();
  let unmatched = 0;
  for (const error of errors) {
    const { external_id: externalId, email, phone_number: phone } = identityOfOriginal(error.original);
    const id =
      (externalId === undefined ? undefined : byExternalId.get(externalId)) ??
      (email === undefined ? undefined : byEmail.get(email.toLowerCase())) ??
      (phone === undefined ? undefined : byPhone.get(phone));
    if (id === undefined) {
      unmatched += 1;
    } else if (isIdentityConflict(error)) {
      conflicts.add(id);
    } else {
      refused.set(id, { id, part: 'profile', code: error.code, message: explainImportError(error) });
    }
  }
  return {
    refused: [...refused.values()],
    conflicts: [...conflicts].filter((id) => !refused.has(id)),
    unmatched,
  };
}
