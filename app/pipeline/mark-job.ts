import type { Context, JobName } from '../context.ts';

/** Notes that a job which concerns the whole installation ended well. Of no shop: `doctor` and the metrics read it. */
export async function markJob(ctx: Context, name: JobName): Promise<void> {
  await ctx.db.sql(
    `INSERT INTO job_mark (name, done_at) VALUES ($1, now())
     ON CONFLICT (name) DO UPDATE SET done_at = GREATEST(job_mark.done_at, EXCLUDED.done_at)`,
    [name],
  );
}
