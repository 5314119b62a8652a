import type { Context, Sql } from '../context.ts';
import { AppError } from '../domain/errors.ts';
import type { FileStatus } from '../domain/records.ts';
import { isUuid } from '../domain/uuid.ts';
import { archiveFile } from '../pipeline/archive-file.ts';
import { loadConnections, openShopSftp } from '../pipeline/load-connections.ts';
import { writeAudit } from './write-audit.server.ts';

type DecidedFile = {
  id: string;
  shop_id: string;
  connection_id: string;
  connection: string;
  name: string;
  path: string;
  size: number;
};

/** What a decision was about. */
export type Decision = { shopId: string; connectionId: string; name: string; connection: string };

type DecisionInput = { fileId: string; actor: string };

/**
 * Moves a file from one status to another if it still has the first, and writes it down: of two people who decide at the
 * same moment one decides. `shopId` null: the operator's command line, any shop. Error: AppError `wrong_use`.
 */
async function decide(
  ctx: Context,
  shopId: string | null,
  input: DecisionInput & { action: string; from: FileStatus; to: FileStatus; released?: boolean },
): Promise<DecidedFile> {
  const { fileId, actor, action, from, to } = input;
  const file = await ctx.db.transaction(action, async (sql) => {
    const [decided] = isUuid(fileId)
      ? await sql<DecidedFile>(
          `UPDATE source_file f SET status = $4, released = f.released OR $5, problem = CASE WHEN $5 THEN NULL ELSE f.problem END
             FROM connection c
            WHERE f.id = $1 AND ($2::uuid IS NULL OR f.shop_id = $2) AND f.status = $3 AND c.id = f.connection_id
            RETURNING f.id, f.shop_id, f.connection_id, c.name AS connection, f.name, f.path, f.size::float8 AS size`,
          [fileId, shopId, from, to, input.released ?? false],
        )
      : [];
    if (decided !== undefined) {
      const changes = [{ path: 'status', before: from, after: to }];
      await writeAudit(sql, decided.shop_id, { actor, action, subject: decided.name, changes });
    }
    return decided;
  });
  if (file === undefined) {
    throw await refusal(ctx.db.sql, shopId, fileId, from);
  }
  return file;
}

/** Why nothing was decided. */
async function refusal(
  sql: Sql,
  shopId: string | null,
  fileId: string,
  wanted: FileStatus,
): Promise<AppError> {
  const [file] = isUuid(fileId)
    ? await sql<{ name: string; status: string }>(
        'SELECT name, status FROM source_file WHERE id = $1 AND ($2::uuid IS NULL OR shop_id = $2)',
        [fileId, shopId],
      )
    : [];
  return new AppError({
    code: 'wrong_use',
    retry: 'never',
    message: `file ${fileId} is ${file?.status ?? 'unknown'}`,
    hint:
      file === undefined
        ? `There is no file with the id ${fileId}. "threadline status" shows the ids.`
        : `${file.name} is not ${WORDS[wanted] ?? wanted}; it is ${WORDS[file.status] ?? file.status}.`,
  });
}

const WORDS: Record<string, string> = {
  discovered: 'about to be read',
  importing: 'being imported',
  'waiting-for-start': 'waiting for its start',
};

function decision(file: DecidedFile): Decision {
  return {
    shopId: file.shop_id,
    connectionId: file.connection_id,
    name: file.name,
    connection: file.connection,
  };
}

/**
 * Lets a held file through: the next pass reads it without the size and consent checks. What makes a file unreadable (a
 * missing column, broken quotes) is checked again. `shopId` null: the operator's command line, any shop.
 */
export async function releaseFile(
  ctx: Context,
  shopId: string | null,
  input: DecisionInput,
): Promise<Decision> {
  const step = { action: 'release file', from: 'held', to: 'discovered', released: true } as const;
  return decision(await decide(ctx, shopId, { ...input, ...step }));
}

/**
 * Moves a held file away unread. Nothing of it was staged, so nothing has to be undone. When the SFTP server does not let it
 * be moved the file is held as before. Errors: AppError `wrong_use`, and those of SFTP.
 */
export async function discardFile(
  ctx: Context,
  shopId: string | null,
  input: DecisionInput,
): Promise<Decision> {
  const step = { action: 'discard file', from: 'held', to: 'discarded' } as const;
  const file = await decide(ctx, shopId, { ...input, ...step });
  try {
    await moveAway(ctx, file);
  } catch (error) {
    await decide(ctx, file.shop_id, {
      ...input,
      action: 'hold file again, it could not be moved',
      from: 'discarded',
      to: 'held',
    });
    throw error;
  }
  return decision(file);
}

async function moveAway(ctx: Context, file: DecidedFile): Promise<void> {
  const [scope] = await loadConnections(ctx, file.shop_id, file.connection);
  if (scope === undefined) {
    throw new Error('the connection of a held file is gone');
  }
  const sftp = await openShopSftp(ctx, file.shop_id);
  try {
    await archiveFile(ctx, file.shop_id, { scope, sftp, file, status: 'discarded' });
  } finally {
    await sftp.close();
  }
}

/** Starts one file that waits in the bulk lane: the next pass imports it. Error: AppError `wrong_use`. */
export async function startBulkFile(ctx: Context, shopId: string, input: DecisionInput): Promise<Decision> {
  const step = { action: 'start bulk file', from: 'waiting-for-start', to: 'importing' } as const;
  return decision(await decide(ctx, shopId, { ...input, ...step }));
}

/** Starts the files that wait in the bulk lane: the next pass imports them. Returns how many. */
export async function startBulkFiles(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; actor: string },
): Promise<number> {
  return ctx.db.transaction('start bulk files', async (sql) => {
    const files = await sql<{ name: string }>(
      `UPDATE source_file SET status = 'importing'
        WHERE shop_id = $1 AND connection_id = $2 AND status = 'waiting-for-start' RETURNING name`,
      [shopId, input.connectionId],
    );
    const changes = [{ path: 'status', before: 'waiting-for-start', after: 'importing' }];
    for (const { name } of files) {
      await writeAudit(sql, shopId, {
        actor: input.actor,
        action: 'start bulk file',
        subject: name,
        changes,
      });
    }
    return files.length;
  });
}
