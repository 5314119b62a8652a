import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import type { SftpSession } from '../domain/ports/sftp.ts';
import type { Lane } from '../domain/records.ts';
import { archiveFile } from './archive-file.ts';
import { claimFile, parkBulkFiles, type ClaimedFile } from './claim-file.ts';
import { discoverFiles } from './discover-files.ts';
import { importFile } from './import-file.ts';
import { openShopSftp, type ConnectionScope } from './load-connections.ts';
import { problemOf, type Problem } from './problem.ts';
import { isStopped, NEXT_TURN_MS, pause, unlessHalted, WHOLE_PASS, type Turn } from './turn.ts';

/** How often an unsettled folder is looked at again in one pass before its growing files are left for the next. */
const LOOKS = 2;

/**
 * Intake of one connection: look at its lanes, wait for files to rest, import every resting file in work order, move it
 * away. A file that needs a person is held and the next one goes on. The caller holds the connection's lock. Where the
 * turn ends it, or may not wait for files to rest, `againInMs` says when to go on: at the checkpoint.
 * Errors: SFTP not reachable or refusing; everything about single files is in the returned problems.
 */
export async function importConnection(
  ctx: Context,
  shopId: string,
  input: {
    scope: ConnectionScope;
    lanes?: Lane[];
    /** Where the files lie; by default the shop's SFTP server. */
    openSftp?: () => Promise<SftpSession>;
    turn?: Turn;
  },
): Promise<{ problems: Problem[]; againInMs: number | null }> {
  const { scope, turn = WHOLE_PASS } = input;
  const lanes = input.lanes ?? ['pending', 'test'];
  const problems: Problem[] = [];
  const opening = input.openSftp?.() ?? openShopSftp(ctx, shopId);
  const sftp = await unlessHalted(opening, turn.halt, (late) => late.close());
  // A download in its middle ends with its connection; whatever breaks thereby is taken up again.
  const hangUp = () => void sftp.close();
  turn.halt.addEventListener('abort', hangUp);
  try {
    problems.push(...(await finishArchiving(ctx, shopId, scope, sftp)));
    const restMs = await lookUntilSettled(ctx, shopId, scope, sftp, turn);
    await parkBulkFiles(ctx, scope);
    const seen = new Set<string>();
    for (;;) {
      if (turn.halt.aborted || (turn.over.aborted && seen.size > 0)) {
        return { problems, againInMs: NEXT_TURN_MS };
      }
      // A file that failed in this pass is not tried again in it.
      const file = await claimFile(ctx, shopId, { scope, lanes, except: [...seen] });
      if (file === null) {
        return { problems, againInMs: restMs };
      }
      seen.add(file.id);
      try {
        await ctx.log.within({ fileId: file.id, runId: file.runId }, () =>
          importFile(ctx, shopId, { scope, sftp, file, turn }),
        );
      } catch (error) {
        if (turn.halt.aborted || isStopped(error)) {
          throw error;
        }
        problems.push(await settleFailure(ctx, shopId, scope, file, error));
      }
    }
  } catch (error) {
    if (turn.halt.aborted || isStopped(error)) {
      ctx.log.debug(
        { shopId, connection: scope.name, err: error },
        'an import was stopped and goes on later',
      );
      return { problems, againInMs: NEXT_TURN_MS };
    }
    throw error;
  } finally {
    turn.halt.removeEventListener('abort', hangUp);
    await sftp.close();
  }
}

/** Looks into the folders; returns when to look again at files that do not rest yet, or null. */
async function lookUntilSettled(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  sftp: SftpSession,
  turn: Turn,
): Promise<number | null> {
  ctx.onProgress({ connection: scope.name, step: 'discover' });
  for (let look = 1; ; look += 1) {
    const { unsettled } = await discoverFiles(ctx, shopId, { scope, sftp });
    if (unsettled === 0 || look > LOOKS - 1) {
      return null;
    }
    if (!turn.mayWait) {
      return ctx.settings.settleMs;
    }
    ctx.onProgress({
      connection: scope.name,
      step: 'discover',
      note: `${unsettled} new files: waiting until they rest`,
    });
    await pause(ctx, ctx.settings.settleMs, turn.halt);
  }
}

/**
 * Files that were imported but not moved away: the process before was killed, or the server did not let it. What a person
 * has to allow first stops no other file.
 */
async function finishArchiving(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  sftp: SftpSession,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const files = await ctx.db.sql<{ id: string; name: string; path: string; size: number }>(
    `SELECT id, name, path, size::float8 AS size FROM source_file
      WHERE shop_id = $1 AND connection_id = $2 AND status = 'imported'`,
    [shopId, scope.id],
  );
  for (const file of files) {
    try {
      await archiveFile(ctx, shopId, { scope, sftp, file, status: 'archived' });
    } catch (error) {
      if (!isAppError(error) || error.retry !== 'person') {
        throw error;
      }
      problems.push(problemOf(error, { connection: scope.name, file: file.name }));
    }
  }
  return problems;
}

/**
 * What a failed import leaves: a file that a person has to look at is `held` with its problem; one that changed while it
 * was read goes back to `discovered`, one that was taken away is `gone`: all three are read anew from their beginning. A
 * file that is imported and may not be moved stays `imported`. Anything else stays `importing` and the next pass goes on
 * at the checkpoint.
 */
async function settleFailure(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  file: ClaimedFile,
  error: unknown,
): Promise<Problem> {
  const problem = problemOf(error, { connection: scope.name, file: file.name });
  const next = statusAfter(error);
  if (next === null) {
    ctx.log.error({ file: file.name, err: error }, 'the import of a file stopped');
    throw error;
  }
  const isHeld = await ctx.db.transaction('hold file', async (sql) => {
    const changed = await sql(
      `UPDATE source_file SET status = $3, problem = $4, lease_owner = NULL, lease_until = NULL, sha256 = NULL,
              first_seen_at = clock_timestamp(), last_seen_at = clock_timestamp()
        WHERE shop_id = $1 AND id = $2 AND status = 'importing' RETURNING id`,
      [shopId, file.id, next, JSON.stringify(problem)],
    );
    if (changed.length === 0) {
      return false;
    }
    await sql(
      `UPDATE import_run SET status = $3, checkpoint = '{}', read = 0, created = 0, changed = 0, unchanged = 0, folded = 0,
              rejected = 0, flow_events = 0, warnings = '{}' WHERE shop_id = $1 AND id = $2`,
      [shopId, file.runId, next],
    );
    await sql('DELETE FROM record_error WHERE shop_id = $1 AND file_id = $2', [shopId, file.id]);
    return true;
  });
  if (isHeld) {
    await ctx.spool.remove(ctx.spool.pathOf(file.id));
  }
  return problem;
}

function statusAfter(error: unknown): 'held' | 'discovered' | 'gone' | null {
  if (isAppError(error) && error.retry === 'person') {
    return 'held';
  }
  if (isAppError(error, 'sftp_file_missing')) {
    return 'gone';
  }
  return isAppError(error, 'sftp_file_changed') ? 'discovered' : null;
}
