import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import { directoryProblem } from '../domain/lanes.ts';
import { keyPlace, readSftpSettings } from '../pipeline/load-connections.ts';
import { probeKlaviyoKey, type KeyProbe } from './probe-klaviyo-key.server.ts';
import { lookAtFolders, withSftp, type Folder } from './sftp-session.server.ts';

export type FolderTest =
  | { outcome: 'listed'; folders: Folder[] }
  | { outcome: 'failed'; message: string }
  | { outcome: 'no-account' };

export type ConnectionTest = { klaviyo: KeyProbe; folders: FolderTest };

/** A person waits in front of a page, ms. */
const PATIENCE_MS = 9_000;

/** What a key is good for, in the time that a person waits. A key that cannot be one counts as refused. */
export async function tryKey(
  ctx: Context,
  apiKey: string,
  accountId: string | null = null,
): Promise<KeyProbe> {
  try {
    return await probeKlaviyoKey(ctx.klaviyo.connect(apiKey, accountId), AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    if (isAppError(error, 'klaviyo_key_malformed')) {
      return { outcome: 'refused', message: error.hint };
    }
    throw error;
  }
}

/**
 * Asks Klaviyo about a key, typed or stored (`apiKey` null), and the SFTP server about a directory, in at most ten
 * seconds. Of a stored key it notes whose it is and whether it is refused. Null = no such connection in this shop.
 */
export async function testConnection(
  ctx: Context,
  shopId: string,
  input: { connectionId: string | null; apiKey: string | null; directory: string | null },
): Promise<ConnectionTest | null> {
  const [stored] =
    input.connectionId === null
      ? []
      : await ctx.db.sql<{ id: string; sealed_key: string; directory: string; account_id: string | null }>(
          `SELECT id, sealed_key, directory, account_id FROM connection
            WHERE shop_id = $1 AND id::text = $2 AND removed_at IS NULL AND mode <> 'sample'`,
          [shopId, input.connectionId],
        );
  if (stored === undefined && input.connectionId !== null) {
    return null;
  }
  const storedKey =
    stored === undefined || input.apiKey !== null
      ? null
      : ctx.vault.open(stored.sealed_key, keyPlace(shopId, stored.id));
  const [klaviyo, folders] = await Promise.all([
    storedKey === null ? tryKey(ctx, input.apiKey ?? '') : tryKey(ctx, storedKey, stored?.account_id),
    testFolders(ctx, shopId, input.directory ?? stored?.directory ?? ''),
  ]);
  if (stored !== undefined && storedKey !== null) {
    await noteKey(ctx, shopId, stored, klaviyo);
  }
  return { klaviyo, folders };
}

async function testFolders(ctx: Context, shopId: string, directory: string): Promise<FolderTest> {
  const problem = directoryProblem(directory);
  if (problem !== null) {
    return { outcome: 'failed', message: problem };
  }
  const settings = await readSftpSettings(ctx, shopId);
  if (settings === null) {
    return { outcome: 'no-account' };
  }
  try {
    const folders = await withSftp(ctx, settings, (session) => lookAtFolders(session, directory));
    return { outcome: 'listed', folders };
  } catch (error) {
    if (isAppError(error)) {
      return { outcome: 'failed', message: error.hint };
    }
    throw error;
  }
}

/** Keeps what Klaviyo said about the stored key, unless another one was stored meanwhile. */
async function noteKey(
  ctx: Context,
  shopId: string,
  stored: { id: string; sealed_key: string },
  probe: KeyProbe,
): Promise<void> {
  if (probe.outcome === 'unreachable') {
    return;
  }
  const account = probe.outcome === 'works' ? probe.account : null;
  await ctx.db.sql(
    `UPDATE connection SET key_refused_at = CASE WHEN $4 THEN coalesce(key_refused_at, now()) END,
            account_id = coalesce($5, account_id), account_name = coalesce($6, account_name)
      WHERE shop_id = $1 AND id = $2 AND sealed_key = $3`,
    [
      shopId,
      stored.id,
      stored.sealed_key,
      probe.outcome === 'refused',
      account?.id ?? null,
      account?.name ?? null,
    ],
  );
}
