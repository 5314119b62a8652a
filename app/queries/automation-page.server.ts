import type { Context } from '../context.ts';
import type { AutomationForm } from '../domain/automation-form.ts';
import type { RecordKind } from '../domain/records.ts';
import { pendingFigures } from './pending-figures.server.ts';
import { shopTime } from './shop-time.ts';

export type AutomationPage = {
  form: AutomationForm;
  /** What waits for somebody to send it; null while data sync is on. `paused`: connections of which nothing goes. */
  pending: { total: number; kinds: Record<RecordKind, number>; paused: string[] } | null;
  /** How far "Send pending now" has come; null = not under way. */
  sending: { done: number; total: number } | null;
  /** The latest file clean-up that ended, in the shop's time, and how many files it deleted; null = none yet. */
  cleanup: { at: string; removed: number } | null;
};

/** What runs by itself, as its page shows it: sums and a few rows, whatever the number of records. */
export async function automationPage(ctx: Context, shopId: string): Promise<AutomationPage> {
  const [[row], [task], { total, kinds, paused }, [cleanup]] = await Promise.all([
    ctx.db.sql<{
      data_sync: boolean;
      poll_seconds: number;
      cleanup_enabled: boolean;
      retention_days: number;
      timezone: string;
      digest: AutomationForm['digest'];
    }>(
      'SELECT data_sync, poll_seconds, cleanup_enabled, retention_days, timezone, digest FROM shop_settings WHERE shop_id = $1',
      [shopId],
    ),
    // By the filter that `sendPending` gives its tasks.
    ctx.db.sql<{ open: number; done: number; total: number }>(
      `SELECT count(*)::int AS open, coalesce(sum(done), 0)::int AS done, coalesce(sum(total), 0)::int AS total FROM task
        WHERE shop_id = $1 AND kind = 'change-records' AND status IN ('waiting', 'running')
          AND input->>'change' = 'sync' AND input->>'filter' LIKE 'status=pending&connection=%'`,
      [shopId],
    ),
    pendingFigures(ctx, shopId),
    ctx.db.sql<{ finished_at: Date; removed: number }>(
      `SELECT finished_at, coalesce((outcome->>'removed')::int, 0) AS removed FROM shop_upkeep
        WHERE shop_id = $1 AND name = 'clean-files' AND finished_at IS NOT NULL`,
      [shopId],
    ),
  ]);
  if (row === undefined) {
    throw new Error('the shop has no settings');
  }
  return {
    form: {
      dataSync: row.data_sync,
      pollSeconds: String(row.poll_seconds),
      cleanupEnabled: row.cleanup_enabled,
      retentionDays: String(row.retention_days),
      digest: row.digest,
    },
    pending: row.data_sync ? null : { total, kinds, paused },
    sending: task === undefined || task.open === 0 ? null : { done: task.done, total: task.total },
    cleanup:
      cleanup === undefined
        ? null
        : { at: shopTime(cleanup.finished_at, row.timezone), removed: cleanup.removed },
  };
}
