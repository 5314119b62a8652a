import { z } from 'zod';
import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import { explainRefusal } from '../domain/klaviyo-errors.ts';
import { laneDirectories } from '../domain/lanes.ts';
import type { KlaviyoAnswer, KlaviyoClient, KlaviyoOperation } from '../domain/ports/klaviyo.ts';
import type { SftpSession } from '../domain/ports/sftp.ts';
import {
  loadConnections,
  openKlaviyo,
  openShopSftp,
  type ConnectionScope,
} from '../pipeline/load-connections.ts';

/** One line of the doctor: what was looked at, whether it is fine, and what to do if not. */
export type Check = { subject: string; isFine: boolean; message: string; isUnreachable: boolean };

/**
 * Scopes that a key needs, and a request that Klaviyo refuses without them (403) and answers with 400 otherwise: an
 * empty body changes nothing.
 */
const WRITE_PROBES: { scope: string; operation: KlaviyoOperation; path: string }[] = [
  {
    scope: 'profiles:write, lists:write',
    operation: 'importProfiles',
    path: '/api/profile-bulk-import-jobs',
  },
  { scope: 'events:write', operation: 'createEvents', path: '/api/event-bulk-create-jobs' },
  {
    scope: 'subscriptions:write',
    operation: 'subscribe',
    path: '/api/profile-subscription-bulk-create-jobs',
  },
];
const READ_PROBES: { scope: string; operation: KlaviyoOperation; path: string }[] = [
  { scope: 'profiles:read', operation: 'getProfiles', path: '/api/profiles?page%5Bsize%5D=1' },
  { scope: 'lists:read', operation: 'getLists', path: '/api/lists?page%5Bsize%5D=1' },
];

const accounts = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      attributes: z.object({
        contact_information: z.object({ organization_name: z.string() }).partial().nullish(),
      }),
    }),
  ),
});

/** Looks at a shop's SFTP server with the folders of every connection, and at every Klaviyo key with its scopes. */
export async function checkShop(ctx: Context, shopId: string): Promise<Check[]> {
  const scopes = await loadConnections(ctx, shopId);
  const checks = await checkSftp(ctx, shopId, scopes);
  for (const scope of scopes) {
    checks.push(await checkKey(ctx, scope));
  }
  return checks;
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
  const klaviyo = await openKlaviyo(ctx, scope);
  const account = await klaviyo.send({ operation: 'getAccounts', method: 'GET', path: '/api/accounts' });
  if (account.outcome !== 'answered') {
    return unreachable(subject, account);
  }
  if (account.status === 401) {
    return problem(
      subject,
      'the private key is refused. Create a new one in Klaviyo and enter it for this connection.',
    );
  }
  const missing = await missingScopes(klaviyo);
  if (missing.length > 0) {
    return problem(
      subject,
      `the key lacks the scopes ${missing.join(', ')}. Scopes of a key cannot be changed: create a new one with them.`,
    );
  }
  if (account.status !== 200) {
    return account.status === 403
      ? fine(subject, 'key works (it may not read the account: accounts:read would show its name)')
      : problem(subject, explainRefusal(account.body));
  }
  const found = accounts.safeParse(account.body);
  const first = found.success ? found.data.data[0] : undefined;
  const name = first?.attributes.contact_information?.organization_name;
  return fine(
    subject,
    `key works for account ${[name, first?.id].filter(Boolean).join(' ')}, all scopes granted`,
  );
}

async function missingScopes(klaviyo: KlaviyoClient): Promise<string[]> {
  const missing: string[] = [];
  for (const probe of WRITE_PROBES) {
    const answer = await klaviyo.send({
      operation: probe.operation,
      method: 'POST',
      path: probe.path,
      body: '{"data":{}}',
    });
    if (answer.outcome === 'answered' && answer.status === 403) {
      missing.push(probe.scope);
    }
  }
  for (const probe of READ_PROBES) {
    const answer = await klaviyo.send({ operation: probe.operation, method: 'GET', path: probe.path });
    if (answer.outcome === 'answered' && answer.status === 403) {
      missing.push(probe.scope);
    }
  }
  return missing;
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

function unreachable(subject: string, answer: Exclude<KlaviyoAnswer, { outcome: 'answered' }>): Check {
  const reason = answer.outcome === 'throttled' ? 'it asks to slow down' : answer.reason;
  return {
    subject,
    isFine: false,
    message: `Klaviyo does not answer (${reason}). Check the network and KLAVIYO_BASE_URL.`,
    isUnreachable: true,
  };
}
