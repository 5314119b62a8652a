import type { Context } from '../../context.ts';
import { isAppError } from '../../domain/errors.ts';
import { laneDirectories } from '../../domain/lanes.ts';
import type { RemoteFile, SftpSession } from '../../domain/ports/sftp.ts';
import { withConnection } from '../connection-turns.ts';
import { loadConnections, openShopSftp, type ConnectionScope } from '../load-connections.ts';
import { problemOf } from '../problem.ts';
import { raiseAlert, resolveAlerts } from '../raise-alert.ts';
import { compareProcessed } from './compare-processed.ts';
import { runShopStep } from './schedule.ts';

/** So many files are deleted in one turn of a connection: others want the connection's lock, too. */
const FILES_PER_TURN = 100;

/** A server that is down is tried again and again before anybody is told: intake has told them already, as a rule. */
const PATIENCE_MS = 24 * 3_600_000;

/** Clocks of servers differ a little. */
const CLOCKS_MS = 3_600_000;

/**
 * Looks through `/processed` of each connection that is at work: compares it with what we know, and where the shop wants it
 * deletes the files that are older than the retention days. Alone for this shop. Returns whether all is done; if not, the
 * caller comes again. A server that does not answer is tried again later, with an alert once that lasts a day.
 */
export async function cleanFiles(
  ctx: Context,
  shopId: string,
  { signal }: { signal: AbortSignal },
): Promise<{ isOver: boolean }> {
  const cause = `cleanup:${shopId}`;
  return runShopStep(ctx, shopId, {
    name: 'clean-files',
    async work() {
      const turn = await cleanShop(ctx, shopId, signal);
      await resolveAlerts(ctx, shopId, cause);
      return turn;
    },
    async onFailure(error, failingSince) {
      ctx.log.warn({ shopId, err: error }, 'the file clean-up could not go on');
      if (ctx.clock.now().getTime() - failingSince.getTime() > PATIENCE_MS) {
        const { code, message } = problemOf(error);
        await raiseAlert(ctx, shopId, { connectionId: null, cause, code, message });
      }
    },
  });
}

async function cleanShop(
  ctx: Context,
  shopId: string,
  signal: AbortSignal,
): Promise<{ isOver: boolean; outcome: { removed: number } }> {
  const turn = { isOver: true, outcome: { removed: 0 } };
  const [shop] = await ctx.db.sql<{ cleanup_enabled: boolean }>(
    `SELECT t.cleanup_enabled FROM shop s JOIN shop_settings t ON t.shop_id = s.id
      WHERE s.id = $1 AND s.uninstalled_at IS NULL`,
    [shopId],
  );
  const scopes =
    shop === undefined ? [] : (await loadConnections(ctx, shopId)).filter(({ paused }) => !paused);
  if (shop === undefined || scopes.length === 0) {
    return turn;
  }
  const sftp = await openShopSftp(ctx, shopId);
  try {
    for (const scope of scopes) {
      if (signal.aborted) {
        return { ...turn, isOver: false };
      }
      const cleaned = await withConnection(ctx, scope, 'clean-up', () =>
        cleanConnection(ctx, shopId, { scope, sftp, signal, isWanted: shop.cleanup_enabled }),
      );
      // While somebody else works on the connection the clean-up has left word, and comes again.
      const removed = cleaned.got === 'done' ? cleaned.result : FILES_PER_TURN;
      turn.outcome.removed += cleaned.got === 'done' ? removed : 0;
      turn.isOver &&= removed < FILES_PER_TURN;
    }
    return turn;
  } finally {
    await sftp.close();
  }
}

/** The caller holds the connection's lock: nothing is moved to `/processed` meanwhile. Returns how many files were deleted. */
async function cleanConnection(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; sftp: SftpSession; signal: AbortSignal; isWanted: boolean },
): Promise<number> {
  const { scope, sftp, signal, isWanted } = input;
  const listed = await listProcessed(ctx, shopId, { scope, sftp });
  await finishDeletions(ctx, shopId, scope, listed);
  await compareProcessed(ctx, shopId, { scope, listed });
  if (!isWanted) {
    return 0;
  }
  let removed = 0;
  for (const file of await findDue(ctx, shopId, scope, listed)) {
    if (signal.aborted) {
      break;
    }
    await note(ctx, shopId, file.id, 'cleaning_at');
    await sftp.remove(file.path);
    await note(ctx, shopId, file.id, 'cleaned_at');
    removed += 1;
  }
  return removed;
}

/** The intention before the deed: what a kill leaves between the two is settled by the next look (`finishDeletions`). */
async function note(
  ctx: Context,
  shopId: string,
  fileId: string,
  what: 'cleaning_at' | 'cleaned_at',
): Promise<void> {
  await ctx.db.sql(`UPDATE source_file SET ${what} = now() WHERE shop_id = $1 AND id = $2`, [shopId, fileId]);
}

/** Files in `/processed`, also of the directories that the connection had before, as long as files of ours lie there. */
async function listProcessed(
  ctx: Context,
  shopId: string,
  { scope, sftp }: { scope: ConnectionScope; sftp: SftpSession },
): Promise<RemoteFile[]> {
  const { processed } = laneDirectories(scope.directory);
  const used = await ctx.db.sql<{ folder: string }>(
    `SELECT DISTINCT regexp_replace(archived_path, '/[^/]*$', '') AS folder FROM source_file
      WHERE shop_id = $1 AND connection_id = $2 AND archived_path IS NOT NULL AND cleaned_at IS NULL AND missing_at IS NULL`,
    [shopId, scope.id],
  );
  const listed: RemoteFile[] = [];
  for (const folder of new Set([processed, ...used.map((one) => one.folder)])) {
    listed.push(...(await listFolder(sftp, folder)));
  }
  return listed;
}

/** None when the folder is not there (yet). */
async function listFolder(sftp: SftpSession, folder: string): Promise<RemoteFile[]> {
  try {
    const found = await sftp.list(folder);
    return found.filter((file) => !file.isDirectory && !file.name.startsWith('.'));
  } catch (error) {
    if (isAppError(error, 'sftp_folder_missing')) {
      return [];
    }
    throw error;
  }
}

/** A kill came between the deletion and its note, or before the deletion: the server tells which. */
async function finishDeletions(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  listed: readonly RemoteFile[],
): Promise<void> {
  await ctx.db.sql(
    `UPDATE source_file SET cleaned_at = CASE WHEN path = ANY($3::text[]) THEN NULL ELSE cleaning_at END,
            cleaning_at = CASE WHEN path = ANY($3::text[]) THEN NULL ELSE cleaning_at END
      WHERE shop_id = $1 AND connection_id = $2 AND archived_path IS NOT NULL AND cleaned_at IS NULL AND cleaning_at IS NOT NULL`,
    [shopId, scope.id, listed.map(({ path }) => path)],
  );
}

async function findDue(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  listed: readonly RemoteFile[],
): Promise<{ id: string; path: string }[]> {
  const there = listed.map(({ path, size, modifiedAtMs }) => ({ path, size, at: modifiedAtMs }));
  return ctx.db.sql<{ id: string; path: string }>(
    `SELECT f.id, f.path
       FROM source_file f JOIN jsonb_to_recordset($4::jsonb) AS l(path text, size bigint, at float8) ON l.path = f.path
       LEFT JOIN import_run r ON r.file_id = f.id
      WHERE f.shop_id = $1 AND f.connection_id = $2 AND f.archived_path IS NOT NULL AND f.cleaned_at IS NULL
        AND f.archived_at < now() - $3::int * interval '1 day' AND f.path = f.archived_path
        AND l.size = f.size AND l.at <= extract(epoch FROM f.archived_at) * 1000 + $6::int
        AND (f.status IN ('duplicate', 'discarded') OR (f.status = 'archived' AND r.settled_at IS NOT NULL))
      ORDER BY f.archived_at LIMIT $5`,
    [shopId, scope.id, scope.retentionDays, JSON.stringify(there), FILES_PER_TURN, CLOCKS_MS],
  );
}
