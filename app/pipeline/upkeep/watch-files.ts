import type { Context } from '../../context.ts';
import { durationWords, findOverdue, type Expectation, type Overdue } from '../../domain/expected-files.ts';
import type { RecordKind } from '../../domain/records.ts';
import { createTimeReader } from '../../domain/time.ts';
import { raiseAlert, resolveAlerts } from '../raise-alert.ts';

type Watched = {
  shop_id: string;
  id: string;
  directory: string;
  timezone: string;
  expect: Expectation[];
  expect_set_at: Date;
  listed_at: Date | null;
  arrivals: Partial<Record<RecordKind, string>> | null;
};

/**
 * Opens an alert for each kind of file that a connection expects and that did not come, and closes the ones whose file came,
 * or is no longer expected. Files of the test lane are no arrivals.
 */
export async function watchExpectedFiles(ctx: Context): Promise<void> {
  const watched = await ctx.db.sql<Watched>(
    `SELECT c.shop_id, c.id, c.directory, t.timezone, c.expect, c.expect_set_at, c.listed_at,
            (SELECT jsonb_object_agg(k.kind, latest.first_seen_at)
               FROM (SELECT DISTINCT e->>'kind' AS kind FROM jsonb_array_elements(c.expect) e) k
              CROSS JOIN LATERAL (SELECT f.first_seen_at FROM source_file f
                                   WHERE f.connection_id = c.id AND f.kind = k.kind AND f.lane <> 'test'
                                   ORDER BY f.first_seen_at DESC LIMIT 1) latest) AS arrivals
       FROM connection c JOIN shop s ON s.id = c.shop_id JOIN shop_settings t ON t.shop_id = s.id
      WHERE s.uninstalled_at IS NULL AND c.removed_at IS NULL AND NOT c.paused AND c.mode <> 'sample' AND c.expect <> '[]'`,
  );
  const open = await ctx.db.sql<{ shop_id: string; cause: string }>(
    `SELECT shop_id, cause FROM alert WHERE resolved_at IS NULL AND cause LIKE 'expect:%'`,
  );
  const overdue = new Set<string>();
  for (const one of watched) {
    for (const late of overdueOf(ctx, one)) {
      const cause = `expect:${one.id}:${late.kind}`;
      overdue.add(cause);
      // While nobody can look, an alert that is open stays open and none is opened.
      if (late.isCertain) {
        const alert = { connectionId: one.id, cause, code: 'file_overdue', message: words(one, late) };
        await raiseAlert(ctx, one.shop_id, alert);
      }
    }
  }
  for (const alert of open.filter(({ cause }) => !overdue.has(cause))) {
    await resolveAlerts(ctx, alert.shop_id, alert.cause);
  }
}

function overdueOf(ctx: Context, one: Watched): Overdue[] {
  const factsOf = (kind: RecordKind) => {
    const arrival = one.arrivals?.[kind];
    return {
      lastArrival: arrival === undefined ? null : new Date(arrival),
      since: one.expect_set_at,
      listedAt: one.listed_at,
    };
  };
  return findOverdue(one.expect, factsOf, ctx.clock.now());
}

function words(one: Watched, { kind, every, since, hasCome }: Overdue): string {
  const at = createTimeReader(one.timezone).format(since.getTime(), 'd LLL yyyy, HH:mm');
  const what = hasCome
    ? `No ${kind} file has come since ${at}.`
    : `No ${kind} file has come yet; it is expected since ${at}.`;
  return `${what} One is expected every ${durationWords(every)}. Check in Apparel21 that the export runs and writes to ${one.directory}.`;
}
