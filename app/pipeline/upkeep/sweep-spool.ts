import type { Context } from '../../context.ts';
import { isUuid } from '../../domain/uuid.ts';

/** A file that is fetched just now has no row that says so yet, and a preview's never has: so old is nothing that is in use, ms. */
const OLD_MS = 24 * 3_600_000;

/** Files of which the spool may hold a copy for the next attempt. */
const OPEN = ['discovered', 'importing', 'imported'];

/**
 * Removes what killed processes left in the spool of this machine: old copies of files that are settled, or that nobody knows
 * any more. A listing costs next to nothing, so every sweep may do it on whatever machine it runs. Returns how many.
 */
export async function sweepSpool(ctx: Context): Promise<number> {
  const now = ctx.clock.now().getTime();
  const old = (await ctx.spool.list()).filter(({ modifiedAtMs }) => modifiedAtMs < now - OLD_MS);
  if (old.length === 0) {
    return 0;
  }
  const open = await ctx.db.sql<{ id: string }>(
    'SELECT id FROM source_file WHERE id = ANY($1::uuid[]) AND status = ANY($2)',
    [old.map(({ fileId }) => fileId).filter(isUuid), OPEN],
  );
  const kept = new Set(open.map(({ id }) => id));
  const orphans = old.filter(({ fileId }) => !kept.has(fileId));
  for (const { path } of orphans) {
    await ctx.spool.remove(path);
  }
  if (orphans.length > 0) {
    ctx.log.info({ files: orphans.length }, 'removed old files from the spool');
  }
  return orphans.length;
}
