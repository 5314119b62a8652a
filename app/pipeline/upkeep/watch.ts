import type { Context } from '../../context.ts';
import { daysOfRevisionLeft, KLAVIYO_REVISION } from '../../domain/klaviyo-revision.ts';
import { RETIREMENT_CAUSE } from '../push/note-retirement.ts';
import { watchConnections } from './watch-connections.ts';
import { watchExpectedFiles } from './watch-files.ts';

/** Looks for what did not happen, and closes the alerts of what is over. From PostgreSQL alone; safe at any time. */
export async function watch(ctx: Context): Promise<void> {
  await watchExpectedFiles(ctx);
  await watchConnections(ctx);
  await ctx.db.sql(
    `UPDATE alert SET resolved_at = now() WHERE resolved_at IS NULL AND starts_with(cause, $1) AND cause NOT LIKE '%:' || $2`,
    [RETIREMENT_CAUSE, KLAVIYO_REVISION],
  );
}

/** A line in the operator's log, once a day, when Klaviyo's calendar says that our revision is about to end. */
export function warnOfRevisionEnd(ctx: Context): void {
  const days = daysOfRevisionLeft(ctx.clock.now());
  if (days !== null) {
    ctx.log.warn(
      { revision: KLAVIYO_REVISION, days },
      'the API revision of Klaviyo that Threadline speaks is near its end: update Threadline',
    );
  }
}
