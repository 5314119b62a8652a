import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import { laneDirectories } from '../domain/lanes.ts';
import type { KlaviyoClient } from '../domain/ports/klaviyo.ts';
import type { SftpSession } from '../domain/ports/sftp.ts';
import {
  loadConnections,
  openKlaviyo,
  openShopSftp,
  type ConnectionScope,
} from '../pipeline/load-connections.ts';
import { missingScopes, probeKlaviyoKey } from './probe-klaviyo-key.server.ts';

/** One line of the doctor: what was looked at, whether it is fine, and what to do if not. */
export type Check = {
  subject: string;
  isFine: boolean;
  message: string;
  isUnreachable: boolean;
  /** Works, and somebody should look at it all the same. */
  isWarning?: boolean;
};

/** The Date header has whole seconds and travels; Shopify refuses nothing below a minute either. */
const CLOCK_TOLERANCE_MS = 30_000;

/** Looks at a shop's SFTP server with the folders of every connection, and at every Klaviyo key with its scopes. */
export async function checkShop(ctx: Context, shopId: string): Promise<Check[]> {
  const scopes = await loadConnections(ctx, shopId);
  const checks = await checkSftp(ctx, shopId, scopes);
  for (const scope of scopes) {
    checks.push(await checkKey(ctx, scope));
  }
  return [...checks, ...(await checkSharedAccounts(ctx, shopId))];
}

/** Connections that name people by their Apparel21 keys in one account: keys of two Apparel21 would meet there. */
async function checkSharedAccounts(ctx: Context, shopId: string): Promise<Check[]> {
  const rows = await ctx.db.sql<{ account: string; names: string[] }>(
    `SELECT coalesce(max(account_name), account_id) AS account, array_agg(name ORDER BY position) AS names FROM connection
      WHERE shop_id = $1 AND removed_at IS NULL AND mode <> 'sample' AND send_external_id AND account_id IS NOT NULL
      GROUP BY account_id HAVING count(*) > 1 ORDER BY 1`,
    [shopId],
  );
  return rows.map(({ account, names: connections }) => ({
    ...fine(
      `Klaviyo account ${account}`,
      `${connections.join(' and ')} send to it: people with the same customer number become one profile. Right for one Apparel21; for two, set sendExternalId: false for one of them.`,
    ),
    isWarning: true,
  }));
}

async function checkSftp(ctx: Context, shopId: string, scopes: ConnectionScope[]): Promise<Check[]> {
  let sftp: SftpSession;
  try {
    sftp = await openShopSftp(ctx, shopId);
  } catch (error) {
    return [failed('SFTP', error)];
  }
  try {
    const checks: Check[] = [fine('SFTP', `logged in; host key ${sftp.hostKey}`)];
    for (const scope of scopes) {
      const { pending } = laneDirectories(scope.directory);
      try {
        const files = (await sftp.list(pending)).filter((file) => !file.isDirectory);
        checks.push(
          fine(`SFTP ${pending}`, `${files.length} files${files.length > 0 ? `: ${names(files)}` : ''}`),
        );
      } catch (error) {
        checks.push(failed(`SFTP ${pending}`, error));
      }
    }
    return checks;
  } finally {
    await sftp.close();
  }
}

function names(files: { name: string }[]): string {
  const shown = files.slice(0, 5).map((file) => file.name);
  return files.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
}

async function checkKey(ctx: Context, scope: ConnectionScope): Promise<Check> {
  const subject = `Klaviyo ${scope.name}`;
  let klaviyo: KlaviyoClient;
  try {
    klaviyo = await openKlaviyo(ctx, scope);
  } catch (error) {
    return failed(subject, error);
  }
  const probe = await probeKlaviyoKey(klaviyo);
  if (probe.outcome === 'unreachable') {
    return {
      subject,
      isFine: false,
      message: `Klaviyo does not answer (${probe.reason}). Check the network and KLAVIYO_BASE_URL.`,
      isUnreachable: true,
    };
  }
  if (probe.outcome === 'refused') {
    return problem(subject, probe.message);
  }
  const missing = missingScopes(probe);
  if (missing.length > 0) {
    return problem(
      subject,
      `the key lacks the scopes ${missing.join(', ')}. Scopes of a key cannot be changed: create a new one with them.`,
    );
  }
  const aheadMs = probe.klaviyoTime === null ? 0 : ctx.clock.now().getTime() - probe.klaviyoTime.getTime();
  if (Math.abs(aheadMs) > CLOCK_TOLERANCE_MS) {
    const seconds = Math.round(Math.abs(aheadMs) / 1_000);
    return problem(
      subject,
      `this machine's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} Klaviyo's. Have it set by NTP: times of consent and events depend on it.`,
    );
  }
  if (probe.account === null) {
    return fine(subject, 'key works (it may not read the account: accounts:read would show its name)');
  }
  const { id, name } = probe.account;
  return fine(subject, `key works for account ${[name, id].filter(Boolean).join(' ')}, all scopes granted`);
}

function fine(subject: string, message: string): Check {
  return { subject, isFine: true, message, isUnreachable: false };
}

function problem(subject: string, message: string): Check {
  return { subject, isFine: false, message, isUnreachable: false };
}

function failed(subject: string, error: unknown): Check {
  const message = isAppError(error)
    ? error.hint
    : 'something went wrong on our side; the log has the details.';
  return { subject, isFine: false, message, isUnreachable: isAppError(error, 'sftp_unreachable') };
}
