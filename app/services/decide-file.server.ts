import type { Context } from '../context.ts';
import { AppError } from '../domain/errors.ts';
import { archiveFile } from '../pipeline/archive-file.ts';
import { loadConnections, openShopSftp } from '../pipeline/load-connections.ts';
import { writeAudit } from './write-audit.server.ts';

type HeldFile = { id: string; name: string; path: string; size: number; status: string; connection: string };

async function findFile(
  ctx: Context,
  shopId: string | null,
  fileId: string,
): Promise<HeldFile & { shop_id: string }> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(fileId);
  const [file] = isId
    ? await ctx.db.sql<HeldFile & { shop_id: string }>(
        `SELECT f.id, f.shop_id, f.name, f.path, f.size::float8 AS size, f.status, c.name AS connection
           FROM source_file f JOIN connection c ON c.id = f.connection_id
          WHERE f.id = $1 AND ($2::uuid IS NULL OR f.shop_id = $2)`,
        [fileId, shopId],
      )
    : [];
  if (file === undefined || file.status !== 'held') {
    throw new AppError({
      code: 'wrong_use',
      retry: 'never',
      message: `file ${fileId} is ${file?.status ?? 'unknown'}`,
      hint:
        file === undefined
          ? `There is no file with the id ${fileId}. "threadline status" shows the ids.`
          : `${file.name} is not held; it is ${file.status}.`,
    });
  }
  return file;
}

function audit(ctx: Context, shopId: string, actor: string, action: string, file: HeldFile): Promise<void> {
  const changes = [{ path: 'status', before: file.status, after: null }];
  return writeAudit(ctx.db.sql, shopId, { actor, action, subject: file.name, changes });
}

/**
 * Lets a held file through: the next pass reads it without the size and consent checks. What makes a file unreadable (a
 * missing column, broken quotes) is checked again. `shopId` null: the operator's command line, any shop.
 */
export async function releaseFile(
  ctx: Context,
  shopId: string | null,
  input: { fileId: string; actor: string },
): Promise<{ shopId: string; name: string; connection: string }> {
  const file = await findFile(ctx, shopId, input.fileId);
  await ctx.db.sql(
    `UPDATE source_file SET status = 'discovered', released = true, problem = NULL
      WHERE id = $1 AND status = 'held'`,
    [file.id],
  );
  await audit(ctx, file.shop_id, input.actor, 'release file', file);
  return { shopId: file.shop_id, name: file.name, connection: file.connection };
}

/** Moves a held file away unread. Nothing of it was staged, so nothing has to be undone. */
export async function discardFile(
  ctx: Context,
  shopId: string | null,
  input: { fileId: string; actor: string },
): Promise<{ shopId: string; name: string; connection: string }> {
  const file = await findFile(ctx, shopId, input.fileId);
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
  await audit(ctx, file.shop_id, input.actor, 'discard file', file);
  return { shopId: file.shop_id, name: file.name, connection: file.connection };
}

/** Starts the files that wait in the bulk lane: the next pass imports them. Returns how many. */
export async function startBulkFiles(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; actor: string },
): Promise<number> {
  const files = await ctx.db.sql<HeldFile>(
    `UPDATE source_file SET status = 'importing' WHERE shop_id = $1 AND connection_id = $2 AND status = 'waiting-for-start'
      RETURNING id, name, path, size::float8 AS size, status, '' AS connection`,
    [shopId, input.connectionId],
  );
  for (const file of files) {
    await audit(ctx, shopId, input.actor, 'start bulk file', file);
  }
  return files.length;
}
