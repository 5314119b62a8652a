import type { Context } from '../../context.ts';
import { isAppError } from '../../domain/errors.ts';
import type { SftpSession } from '../../domain/ports/sftp.ts';
import type { JsonObject } from '../../domain/records.ts';
import { isUuid } from '../../domain/uuid.ts';
import { openShopSftp } from '../../pipeline/load-connections.ts';
import type { Download } from './download.ts';

type Original = { sftp: SftpSession; name: string; path: string; size: number };

/**
 * A file where it lies on the SFTP server now, with the session to read it by, which the caller closes. Null: it is no
 * longer there, or other bytes lie under its name. Errors: those of SFTP.
 */
export async function findOriginal(ctx: Context, shopId: string, fileId: string): Promise<Original | null> {
  const [file] = isUuid(fileId)
    ? await ctx.db.sql<{ name: string; path: string; size: number; modified_at: Date; is_moved: boolean }>(
        `SELECT name, path, size::float8 AS size, modified_at, archived_at IS NOT NULL AS is_moved FROM source_file
          WHERE shop_id = $1 AND id = $2 AND cleaned_at IS NULL AND NOT (archived_at IS NOT NULL AND archived_path IS NULL)`,
        [shopId, fileId],
      )
    : [];
  if (file === undefined) {
    return null;
  }
  const sftp = await openShopSftp(ctx, shopId);
  const there = await sftp.stat(file.path).catch(async (error: unknown) => {
    await sftp.close();
    throw error;
  });
  if (there === null || there.size !== file.size || isOther(there.modifiedAtMs, file)) {
    await sftp.close();
    return null;
  }
  return { name: file.name, path: file.path, size: file.size, sftp };
}

/** A lane's file of the same size may have been written anew; some servers set the time of a file that they move. */
function isOther(modifiedAtMs: number, file: { modified_at: Date; is_moved: boolean }): boolean {
  return !file.is_moved && file.modified_at.getTime() !== modifiedAtMs;
}

/** Download: a file byte for byte as Apparel21 put it there, streamed from the SFTP server. Input: `{fileId}`. */
export async function fileOriginal(
  ctx: Context,
  shopId: string,
  input: JsonObject,
): Promise<Download | null> {
  const original = await findOriginal(ctx, shopId, String(input['fileId'])).catch((error: unknown) => {
    if (isAppError(error)) {
      ctx.log.warn({ shopId, file: input['fileId'], err: error }, 'an original file could not be opened');
      return null;
    }
    throw error;
  });
  return original === null
    ? null
    : { filename: original.name, contentType: 'text/csv', body: bytesOf(original) };
}

async function* bytesOf({ sftp, path, size }: Original): AsyncGenerator<Uint8Array> {
  try {
    yield* sftp.read(path, { expectedSize: size });
  } finally {
    await sftp.close();
  }
}
