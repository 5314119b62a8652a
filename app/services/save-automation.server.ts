import type { Context, Sql } from '../context.ts';
import type { AutomationForm } from '../domain/automation-form.ts';
import { changesBetween } from '../domain/config-changes.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { readAutomationForm, type Automation } from '../domain/read-automation-form.ts';
import { wakeShop } from './wake-connections.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Stores what runs by itself, by the rules of shop.yaml. Data sync that is switched on begins at once with what waits;
 * saving the same again changes nothing.
 */
export async function saveAutomation(
  ctx: Context,
  shopId: string,
  input: { form: AutomationForm; actor: string },
): Promise<FormAnswer> {
  const read = readAutomationForm(input.form);
  if (!read.ok) {
    return { ok: false, problems: read.problems };
  }
  const { automation } = read;
  const isSwitchedOn = await ctx.db.transaction('save automation', async (sql) => {
    const before = await lockAutomation(sql, shopId);
    const changes = changesBetween({ automation: before }, { automation });
    if (changes.length > 0) {
      await sql(
        `UPDATE shop_settings SET data_sync = $2, poll_seconds = $3, cleanup_enabled = $4, retention_days = $5, digest = $6
          WHERE shop_id = $1`,
        [
          shopId,
          automation.dataSync,
          automation.pollSeconds,
          automation.fileCleanup.enabled,
          automation.fileCleanup.retentionDays,
          automation.digest,
        ],
      );
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: 'save automation',
        subject: `data sync ${automation.dataSync ? 'on' : 'off'}, every ${automation.pollSeconds} seconds`,
        changes,
      });
    }
    return automation.dataSync && !before.dataSync;
  });
  if (isSwitchedOn) {
    await wakeShop(ctx, shopId);
  }
  return { ok: true, message: 'Automation saved' };
}

async function lockAutomation(sql: Sql, shopId: string): Promise<Automation> {
  const [row] = await sql<{
    data_sync: boolean;
    poll_seconds: number;
    cleanup_enabled: boolean;
    retention_days: number;
    digest: Automation['digest'];
  }>(
    `SELECT data_sync, poll_seconds, cleanup_enabled, retention_days, digest FROM shop_settings
      WHERE shop_id = $1 FOR NO KEY UPDATE`,
    [shopId],
  );
  if (row === undefined) {
    throw new Error('the shop has no settings');
  }
  return {
    dataSync: row.data_sync,
    pollSeconds: row.poll_seconds,
    fileCleanup: { enabled: row.cleanup_enabled, retentionDays: row.retention_days },
    digest: row.digest,
  };
}
