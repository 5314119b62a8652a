import type { Context } from '../context.ts';
import { AppError } from '../domain/errors.ts';
import type { SftpSession } from '../domain/ports/sftp.ts';
import type { ClaimedFile } from './claim-file.ts';
import type { ConnectionScope } from './load-connections.ts';

export type FetchedFile = { spoolPath: string; sha256: string; duplicateOf: string | null };

/**
 * Streams the file to the spool and notes its sha256. A copy that is already there from before a kill is used again.
 * `duplicateOf` names the file whose content this one repeats.
 * Errors: AppError `sftp_file_changed` when the file is not the size that was seen (it is still being written), or not
 * the content of which rows were staged before a kill.
 */
export async function fetchFile(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; sftp: SftpSession; file: ClaimedFile },
): Promise<FetchedFile> {
  const { scope, sftp, file } = input;
  const spoolPath = ctx.spool.pathOf(file.id);
  let sha256 = file.sha256;
  if (sha256 === null || !(await ctx.spool.exists(spoolPath))) {
    const fetched = await sftp.download(file.path, spoolPath, {
      expectedSize: file.size,
      onBytes: (bytes) =>
        ctx.onProgress({
          connection: scope.name,
          step: 'fetch',
          subject: file.name,
          done: bytes,
          total: file.size,
        }),
    });
    if (fetched.bytes !== file.size) {
      throw new AppError({
        code: 'sftp_file_changed',
        retry: 'later',
        message: `${file.path}: ${fetched.bytes} bytes instead of ${file.size}`,
        hint: `${file.name} changed while it was read. It is read again when it rests.`,
        where: { file: file.name },
      });
    }
    if (sha256 !== null && sha256 !== fetched.sha256) {
      throw new AppError({
        code: 'sftp_file_changed',
        retry: 'later',
        message: `${file.path}: other content than at the first reading`,
        hint: `${file.name} was replaced while it was imported. It is read anew from its beginning.`,
        where: { file: file.name },
      });
    }
    sha256 = fetched.sha256;
    await ctx.db.sql('UPDATE source_file SET sha256 = $2, spool_path = $3 WHERE shop_id = $4 AND id = $1', [
      file.id,
      sha256,
      spoolPath,
      shopId,
    ]);
  }
  return { spoolPath, sha256, duplicateOf: await findDuplicate(ctx, scope, file, sha256) };
}

/**
 * The file whose content this one repeats. Customers: only the newest imported file counts, because an older state that
 * comes back is a change; orders and rewards: any, because an event happens once.
 */
async function findDuplicate(
  ctx: Context,
  scope: ConnectionScope,
  file: ClaimedFile,
  sha256: string,
): Promise<string | null> {
  const [twin] = await ctx.db.sql<{ name: string; sha256: string }>(
    `SELECT f.name, f.sha256 FROM source_file f JOIN import_run r ON r.file_id = f.id
      WHERE f.connection_id = $1 AND f.kind = $2 AND f.lane = $3 AND f.id <> $4
        AND f.status IN ('imported', 'archived') AND ($5 OR f.sha256 = $6)
      ORDER BY r.imported_at DESC NULLS LAST LIMIT 1`,
    [scope.id, file.kind, file.lane, file.id, file.kind === 'customers', sha256],
  );
  return twin !== undefined && twin.sha256 === sha256 ? twin.name : null;
}
