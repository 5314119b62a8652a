import type { Context } from '../../context.ts';
import { RECORD_KINDS } from '../../domain/records.ts';
import { consentLookIsDue } from '../consent-back/look-is-due.ts';
import { RECORD_TABLES } from '../record-tables.ts';

export type ConnectionAddress = { shopId: string; connectionId: string };

/** Connections that may work: of an installed shop, not removed, not paused, with an account behind them. */
const AT_WORK = `s.id = c.shop_id AND t.shop_id = s.id AND s.uninstalled_at IS NULL AND c.removed_at IS NULL
  AND NOT c.paused AND c.mode <> 'sample'`;

/** What was left behind is taken up after this long at the earliest, seconds. */
const LEFT_BEHIND = 60;

/**
 * SQL, seconds: how long a connection is left alone whose `half` has failed since its alert was opened. It grows with the
 * outage, so that nobody hammers a server that is down for hours, and ends at five minutes: what is mended is noticed.
 */
function pauseAfterFailure(half: 'intake' | 'push' | 'consent-back'): string {
  return `coalesce((SELECT least(300, greatest(15, extract(epoch FROM now() - a.opened_at) / 10)) FROM alert a
     WHERE a.shop_id = c.shop_id AND a.cause = '${half}:' || c.id AND a.resolved_at IS NULL), 0)`;
}

/**
 * Connections whose lanes are to be looked at now, each handed out once: those whose poll interval is over, and before that
 * those with a file that a killed process left half-way, that is imported and not moved, or that rests unread.
 */
export async function claimDuePolls(ctx: Context): Promise<ConnectionAddress[]> {
  return ctx.db.sql<ConnectionAddress>(
    `UPDATE connection c SET polled_at = now() FROM shop s, shop_settings t
      WHERE ${AT_WORK}
        AND (c.polled_at IS NULL
             OR (c.polled_at < now() - ${pauseAfterFailure('intake')} * interval '1 second'
                 AND (c.polled_at < now() - t.poll_seconds * interval '1 second'
                      OR (c.polled_at < now() - ${LEFT_BEHIND} * interval '1 second'
                          AND EXISTS (SELECT 1 FROM source_file f
                                       WHERE f.connection_id = c.id
                                         AND (f.status IN ('imported', 'discovered')
                                              OR (f.status = 'importing' AND (f.lease_until IS NULL OR f.lease_until < now()))))))))
      RETURNING c.shop_id AS "shopId", c.id AS "connectionId"`,
  );
}

/** SQL: pending records of connection `c` that may go now. In the order of an index: a look ends at its first hit. */
function isDue(condition: string): string {
  return `(${RECORD_KINDS.map(
    (kind) =>
      `EXISTS (SELECT 1 FROM ${RECORD_TABLES[kind]} r WHERE r.connection_id = c.id AND r.status = 'pending' AND ${condition}
                  AND (r.next_attempt_at IS NULL OR r.next_attempt_at <= now()))`,
  ).join(' OR ')})`;
}

/**
 * SQL: something of connection `c` has not ended at Klaviyo, or may be sent now. What test mode keeps back is not due. While
 * data sync is off only what a person asked for is looked for, by its own index: the rest may be millions.
 */
const HAS_PUSH_WORK = `(
  EXISTS (SELECT 1 FROM push_batch b WHERE b.connection_id = c.id AND b.status IN ('planned', 'sending', 'uncertain', 'accepted'))
  OR (c.mode = 'production' AND ((t.data_sync AND ${isDue('true')}) OR (NOT t.data_sync AND ${isDue('r.send_now')}))))`;

/** A connection with something to send is woken at most this often, seconds: a pass that is running finds it by itself. */
const WAKE_AGAIN = 60;

/**
 * Connections with something to send of which no job may know any more (the queue was emptied, a process died, a record's
 * next attempt is due), each handed out once in a while.
 */
export async function claimDuePushes(ctx: Context): Promise<ConnectionAddress[]> {
  return ctx.db.sql<ConnectionAddress>(
    `UPDATE connection c SET push_woken_at = now() FROM shop s, shop_settings t
      WHERE ${AT_WORK}
        AND (c.push_woken_at IS NULL
             OR c.push_woken_at < now() - greatest(${WAKE_AGAIN}, ${pauseAfterFailure('push')}) * interval '1 second')
        AND ${HAS_PUSH_WORK}
      RETURNING c.shop_id AS "shopId", c.id AS "connectionId"`,
  );
}

/**
 * Connections of which it is time to see who left in Klaviyo, or of which a person wants to know, each handed out once in a
 * while. A look that a killed process left half-way goes on.
 */
export async function claimDueConsentLooks(ctx: Context): Promise<ConnectionAddress[]> {
  return ctx.db.sql<ConnectionAddress>(
    `UPDATE connection c SET consent_asked_at = now() FROM shop s, shop_settings t
      WHERE ${AT_WORK} AND ${consentLookIsDue('c')}
        AND (c.consent_asked_at IS NULL
             OR c.consent_asked_at < now() - greatest(${WAKE_AGAIN}, ${pauseAfterFailure('consent-back')}) * interval '1 second')
      RETURNING c.shop_id AS "shopId", c.id AS "connectionId"`,
  );
}

/**
 * Whether a look at the lanes is followed by a push. Always, except while pushes fail (a refused key, Klaviyo down): then
 * not at every look. Notes the push that it allows.
 */
export async function mayPushNow(ctx: Context, shopId: string, connectionId: string): Promise<boolean> {
  const rows = await ctx.db.sql(
    `UPDATE connection c SET push_woken_at = now()
      WHERE c.shop_id = $1 AND c.id = $2
        AND (c.push_woken_at IS NULL OR c.push_woken_at <= now() - ${pauseAfterFailure('push')} * interval '1 second')
      RETURNING c.id`,
    [shopId, connectionId],
  );
  return rows.length > 0;
}

/**
 * Long tasks that have not ended: their jobs may be lost. The oldest first, at most 200. Of a shop that has uninstalled the app
 * only erasures: people have a right to them all the same.
 */
export async function openTasks(ctx: Context): Promise<{ shopId: string; taskId: string }[]> {
  return ctx.db.sql<{ shopId: string; taskId: string }>(
    `SELECT t.shop_id AS "shopId", t.id AS "taskId" FROM task t JOIN shop s ON s.id = t.shop_id
      WHERE t.status IN ('waiting', 'running') AND (s.uninstalled_at IS NULL OR t.kind = 'erase-person')
      ORDER BY t.created_at LIMIT 200`,
  );
}
