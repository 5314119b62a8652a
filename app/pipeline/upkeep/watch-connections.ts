import type { Context } from '../../context.ts';
import { RECORD_KINDS } from '../../domain/records.ts';
import { createTimeReader } from '../../domain/time.ts';
import { raiseAlert, resolveAlerts } from '../raise-alert.ts';
import { RECORD_TABLES } from '../record-tables.ts';

type Stale = {
  shop_id: string;
  id: string;
  name: string;
  timezone: string;
  unseen_since: Date | null;
  pending_since: Date | null;
};

/**
 * SQL: how long nothing may move before it is an alarm: twenty looks, half an hour at least. What has failed has an alert of
 * its own and is not stale; work that goes on is not either: an import with a lease, requests to Klaviyo, an import job there (for a day).
 */
const PATIENCE = `greatest(1800, 20 * t.poll_seconds) * interval '1 second'`;

/** SQL: since when the oldest record of each kind could go and did not, from the far end of (connection, status, updated_at). */
const OLDEST_PENDING = RECORD_KINDS.map(
  (kind) =>
    `(SELECT r.updated_at FROM ${RECORD_TABLES[kind]} r
       WHERE r.connection_id = c.id AND r.status = 'pending' AND r.updated_at < now() - ${PATIENCE}
         AND (r.next_attempt_at IS NULL OR r.next_attempt_at < now() - ${PATIENCE})
       ORDER BY r.updated_at, r.id LIMIT 1)`,
).join(', ');

/**
 * SQL: when the last request to Klaviyo was made or settled; a job that is under way there counts as now. One look at the index
 * for each connection, of a day or as long as the patience.
 */
const LATEST_REQUEST = `(SELECT max(CASE WHEN b.status = 'accepted' THEN now() ELSE greatest(b.created_at, b.confirmed_at) END)
   FROM push_batch b WHERE b.connection_id = c.id AND b.created_at > now() - greatest(interval '1 day', ${PATIENCE}))`;

/**
 * Opens one alert for each connection that stands still although nothing is known to stop it: nobody looks into its lanes, or
 * records that may go are not sent. Closes it when things move again. A sign that workers are missing or stuck.
 */
export async function watchConnections(ctx: Context): Promise<void> {
  const stale = await ctx.db.sql<Stale>(
    `SELECT * FROM (
       SELECT c.shop_id, c.id, c.name, t.timezone,
              CASE WHEN coalesce(c.listed_at, c.created_at) < now() - ${PATIENCE}
                    AND EXISTS (SELECT 1 FROM sftp_account a WHERE a.shop_id = c.shop_id)
                    AND NOT ${isFailing('intake')}
                   THEN coalesce(c.listed_at, c.created_at) END AS unseen_since,
              CASE WHEN t.data_sync AND c.mode = 'production' AND NOT ${isFailing('push')}
                   THEN least(${OLDEST_PENDING}) END AS pending_since
         FROM connection c JOIN shop s ON s.id = c.shop_id JOIN shop_settings t ON t.shop_id = s.id
        WHERE s.uninstalled_at IS NULL AND c.removed_at IS NULL AND NOT c.paused AND c.mode <> 'sample'
          AND NOT EXISTS (SELECT 1 FROM source_file f
                           WHERE f.connection_id = c.id AND f.status = 'importing' AND f.lease_until > now())
          AND coalesce(${LATEST_REQUEST} < now() - ${PATIENCE}, true)
     ) looked WHERE unseen_since IS NOT NULL OR pending_since IS NOT NULL`,
  );
  for (const one of stale) {
    await raiseAlert(ctx, one.shop_id, {
      connectionId: one.id,
      cause: `stale:${one.id}`,
      code: 'connection_stale',
      message: words(one),
    });
  }
  const open = await ctx.db.sql<{ shop_id: string; cause: string }>(
    `SELECT shop_id, cause FROM alert WHERE resolved_at IS NULL AND cause LIKE 'stale:%'`,
  );
  const causes = new Set(stale.map(({ id }) => `stale:${id}`));
  for (const alert of open.filter(({ cause }) => !causes.has(cause))) {
    await resolveAlerts(ctx, alert.shop_id, alert.cause);
  }
}

function isFailing(half: 'intake' | 'push'): string {
  return `EXISTS (SELECT 1 FROM alert a WHERE a.shop_id = c.shop_id AND a.cause = '${half}:' || c.id AND a.resolved_at IS NULL)`;
}

function words({ name, timezone, unseen_since: unseen, pending_since: pending }: Stale): string {
  const at = (date: Date) => createTimeReader(timezone).format(date.getTime(), 'd LLL yyyy, HH:mm');
  const what =
    unseen === null
      ? `Records of "${name}" could be sent since ${at(pending ?? new Date(0))} and were not.`
      : `Nobody has looked for new files of "${name}" since ${at(unseen)}.`;
  return `${what} Nothing is lost. Tell whoever runs Threadline to check that its workers run.`;
}
