import type { Context } from '../context.ts';
import { laneDirectories } from '../domain/lanes.ts';
import type { FileStatus } from '../domain/records.ts';
import type { SftpSession } from '../domain/ports/sftp.ts';
import type { ConnectionScope } from './load-connections.ts';

type ArchivableFile = { id: string; name: string; path: string; size: number };

/**
 * Moves a finished file to `/processed` (a suffix on a clash) and drops its spool copy. Safe to repeat: a file that an
 * earlier attempt moved already is only noted. A file that grew or was replaced after it was read stays where it is: its
 * bytes are read again as a new version, and the rows that were already seen turn out unchanged.
 */
export async function archiveFile(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; sftp: SftpSession; file: ArchivableFile; status: FileStatus },
): Promise<void> {
  const { scope, sftp, file, status } = input;
  const processed = laneDirectories(scope.directory).processed;
  const [seen] = await ctx.db.sql<{ modified_at: Date }>(
    'SELECT modified_at FROM source_file WHERE id = $1',
    [file.id],
  );
  const there = await sftp.stat(file.path);
  const target = `${processed}/${file.name}`;
  let archivedPath: string | null = null;
  if (there === null) {
    const moved = await sftp.stat(target);
    archivedPath = moved !== null && moved.size === file.size ? target : null;
  } else if (there.size === file.size && there.modifiedAtMs === seen?.modified_at.getTime()) {
    await sftp.ensureDirectory(processed);
    archivedPath = await sftp.move(file.path, target);
  }
  await ctx.db.transaction('archive file', async (sql) => {
    // A file that lay there before was taken away since (cleaned up, or put back to be read again): its path is free.
    await sql(
      `UPDATE source_file SET path = path || '#' || id WHERE shop_id = $1 AND connection_id = $2 AND path = $3 AND id <> $4`,
      [shopId, scope.id, archivedPath, file.id],
    );
    await sql(
      `UPDATE source_file
          SET status = $3, archived_path = $4, archived_at = now(), lease_owner = NULL, lease_until = NULL, spool_path = NULL,
              path = COALESCE($4, path || '#' || id)
        WHERE shop_id = $1 AND id = $2`,
      [shopId, file.id, status, archivedPath],
    );
  });
  await ctx.spool.remove(ctx.spool.pathOf(file.id));
}
