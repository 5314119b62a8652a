import type { Context } from '../context.ts';
import { parseFileName } from '../domain/file-name.ts';
import { laneDirectories } from '../domain/lanes.ts';
import { isAppError } from '../domain/errors.ts';
import { LANES, type Lane } from '../domain/records.ts';
import type { RemoteFile, SftpSession } from '../domain/ports/sftp.ts';
import type { ConnectionScope } from './load-connections.ts';

type KnownFile = { id: string; path: string; size: number; modified_at: Date; status: string };

/** Statuses of a file that still lies in its lane. */
const IN_LANE = ['discovered', 'held', 'waiting-for-start', 'unrecognised', 'previewed', 'failed'];

/**
 * Lists the lanes of a connection and notes every file in `source_file`. A file counts as resting when two looks at
 * least `settleMs` apart saw the same size and time; until then it stays `discovered` and is not read.
 * Returns how many files are not resting yet.
 * Errors: whatever the SFTP session throws; a missing `test` or `bulk` folder is no error.
 */
export async function discoverFiles(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; sftp: SftpSession },
): Promise<{ unsettled: number }> {
  const { scope, sftp } = input;
  const directories = laneDirectories(scope.directory);
  const listed: { lane: Lane; file: RemoteFile }[] = [];
  for (const lane of LANES) {
    for (const file of await listLane(sftp, directories[lane], lane)) {
      listed.push({ lane, file });
    }
  }
  await ctx.db.sql('UPDATE connection SET listed_at = now() WHERE shop_id = $1 AND id = $2', [
    shopId,
    scope.id,
  ]);
  const known = await ctx.db.sql<KnownFile>(
    `SELECT id, path, size::float8 AS size, modified_at, status FROM source_file
      WHERE connection_id = $1 AND status = ANY($2) ORDER BY first_seen_at`,
    [scope.id, IN_LANE],
  );
  const byPath = new Map(known.map((row) => [row.path, row]));
  for (const { lane, file } of listed) {
    await noteFile(ctx, shopId, scope.id, lane, file, byPath.get(file.path));
  }
  const present = new Set(listed.map(({ file }) => file.path));
  // Of two versions of one path only the newest can be read.
  const gone = known
    .filter((row) => !present.has(row.path) || byPath.get(row.path) !== row)
    .map((row) => row.id);
  if (gone.length > 0) {
    await ctx.db.sql(
      // Files of a directory that the connection had before lie where they lay: a person has to know.
      `UPDATE source_file SET status = 'gone',
              problem = CASE WHEN regexp_replace(path, '/[^/]*$', '') = ANY($2::text[]) THEN problem
                ELSE jsonb_build_object('code', 'left_behind', 'message', $3::text) END
        WHERE id = ANY($1::uuid[])`,
      [gone, LANES.map((lane) => directories[lane]), leftBehind(scope)],
    );
  }
  const [count] = await ctx.db.sql<{ unsettled: number }>(
    `SELECT count(*)::int AS unsettled FROM source_file
      WHERE connection_id = $1 AND status = 'discovered' AND last_seen_at < first_seen_at + $2 * interval '1 millisecond'`,
    [scope.id, ctx.settings.settleMs],
  );
  return { unsettled: count?.unsettled ?? 0 };
}

function leftBehind({ name, directory }: ConnectionScope): string {
  return `It was not read: it lay in a directory that "${name}" had before. The connection reads ${directory} now. Move the file there to have it read, or leave it where it is.`;
}

async function listLane(sftp: SftpSession, directory: string, lane: Lane): Promise<RemoteFile[]> {
  try {
    return (await sftp.list(directory)).filter((file) => !file.isDirectory && !file.name.startsWith('.'));
  } catch (error) {
    if (lane !== 'pending' && isAppError(error, 'sftp_folder_missing')) {
      return [];
    }
    throw error;
  }
}

async function noteFile(
  ctx: Context,
  shopId: string,
  connectionId: string,
  lane: Lane,
  file: RemoteFile,
  known: KnownFile | undefined,
): Promise<void> {
  const modifiedAt = new Date(file.modifiedAtMs);
  if (
    known !== undefined &&
    known.size === file.size &&
    known.modified_at.getTime() === modifiedAt.getTime()
  ) {
    await ctx.db.sql('UPDATE source_file SET last_seen_at = clock_timestamp() WHERE id = $1', [known.id]);
    return;
  }
  if (known?.status === 'discovered') {
    await ctx.db.sql(
      // Whoever released the file looked at other bytes.
      `UPDATE source_file SET size = $2, modified_at = $3, first_seen_at = clock_timestamp(), last_seen_at = clock_timestamp(),
              released = false, problem = NULL, sha256 = NULL
        WHERE id = $1 AND status = 'discovered'`,
      [known.id, file.size, modifiedAt],
    );
    return;
  }
  if (known !== undefined) {
    // Other bytes under the same name: the old version can no longer be read.
    await ctx.db.sql(`UPDATE source_file SET status = 'gone' WHERE id = $1 AND status = $2`, [
      known.id,
      known.status,
    ]);
  }
  const parsed = parseFileName(file.name);
  await ctx.db.sql(
    `INSERT INTO source_file (shop_id, connection_id, lane, kind, path, name, stamp, size, modified_at, status, problem,
                              first_seen_at, last_seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp(), clock_timestamp())
     ON CONFLICT (connection_id, path, size, modified_at) DO UPDATE
        SET status = EXCLUDED.status, problem = EXCLUDED.problem, released = false, first_seen_at = clock_timestamp(), last_seen_at = clock_timestamp()
      WHERE source_file.status = 'gone'`,
    [
      shopId,
      connectionId,
      lane,
      parsed.ok ? parsed.kind : null,
      file.path,
      file.name,
      parsed.ok ? parsed.stamp : null,
      file.size,
      modifiedAt,
      parsed.ok ? 'discovered' : 'unrecognised',
      parsed.ok ? null : JSON.stringify({ code: 'file_name', message: parsed.problem }),
    ],
  );
}
