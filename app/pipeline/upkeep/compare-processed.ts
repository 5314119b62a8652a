import type { Context } from '../../context.ts';
import { parseFileName } from '../../domain/file-name.ts';
import { laneDirectories } from '../../domain/lanes.ts';
import type { RemoteFile } from '../../domain/ports/sftp.ts';
import type { ConnectionScope } from '../load-connections.ts';
import { raiseAlert, resolveAlerts } from '../raise-alert.ts';

/** An export that nobody reads is told for a week; after that it is how the merchant wants it. */
const TOLD_FOR_MS = 7 * 24 * 3_600_000;

/** Many servers tidy up by themselves: only what was taken away so soon is told. */
const SOON = `interval '2 days'`;

const NAMES_SHOWN = 3;

/**
 * Compares what lies in `/processed` with what we know, in both directions, and touches nothing there. A move that a kill kept
 * from being noted is noted now. Files that somebody took away are marked. One alert tells of those that were taken away soon,
 * and of new exports that somebody put there, where nobody reads them. The caller holds the connection's lock.
 */
export async function compareProcessed(
  ctx: Context,
  shopId: string,
  input: { scope: ConnectionScope; listed: readonly RemoteFile[] },
): Promise<void> {
  const { scope, listed } = input;
  await noteMoves(ctx, shopId, scope, listed);
  const missing = await noteMissing(ctx, shopId, scope, listed);
  const unknown = await findUnknown(ctx, shopId, scope, listed);
  const cause = `processed:${scope.id}`;
  if (missing.length === 0 && unknown.length === 0) {
    await resolveAlerts(ctx, shopId, cause);
    return;
  }
  ctx.log.info(
    { shopId, connection: scope.id, missing: missing.length, unknown: unknown.length },
    'the folder of processed files is not as Threadline left it',
  );
  await raiseAlert(ctx, shopId, {
    connectionId: scope.id,
    cause,
    code: unknown.length > 0 ? 'processed_unknown' : 'processed_missing',
    message: words(scope, missing, unknown),
  });
}

function words(scope: ConnectionScope, missing: string[], unknown: string[]): string {
  const { processed, pending } = laneDirectories(scope.directory);
  const parts: string[] = [];
  if (unknown.length > 0) {
    parts.push(
      `Exports that nobody reads lie in ${processed}: ${named(unknown)}.`,
      `Threadline reads ${pending}. If they are new, move them there and let Apparel21 write there.`,
    );
  }
  if (missing.length > 0) {
    parts.push(
      `Files that Threadline had moved to ${processed} are no longer there: ${named(missing)}.`,
      'Their records are safe. If nobody took them away on purpose, look who has access to the SFTP server.',
    );
  }
  return parts.join(' ');
}

function named(names: string[]): string {
  const more = names.length - NAMES_SHOWN;
  // In quotation marks: a full stop in a name ends no sentence.
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `"${name}"`);
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A file was moved, got a suffix because its name was taken, and the process died before it wrote that down. */
async function noteMoves(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  listed: readonly RemoteFile[],
): Promise<void> {
  await ctx.db.sql(
    `UPDATE source_file f SET archived_path = l.path, path = l.path
       FROM jsonb_to_recordset($3::jsonb) AS l(path text, base text, size bigint)
      WHERE f.shop_id = $1 AND f.connection_id = $2 AND f.name = l.base AND f.size = l.size
        AND f.archived_at IS NOT NULL AND f.archived_path IS NULL AND f.cleaned_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM source_file o WHERE o.connection_id = $2 AND o.path = l.path)
        AND f.id = (SELECT g.id FROM source_file g
                     WHERE g.connection_id = $2 AND g.name = l.base AND g.size = l.size
                       AND g.archived_at IS NOT NULL AND g.archived_path IS NULL AND g.cleaned_at IS NULL
                     ORDER BY g.archived_at DESC LIMIT 1)`,
    [
      shopId,
      scope.id,
      JSON.stringify(
        listed.map(({ path, name, size }) => ({ path, size, base: name.replace(/-\d+(\.[^.]*)$/, '$1') })),
      ),
    ],
  );
}

/** Marks files that we moved there and that are gone, and takes the mark off those that are back. Names of those that went soon. */
async function noteMissing(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  listed: readonly RemoteFile[],
): Promise<string[]> {
  const rows = await ctx.db.sql<{ name: string }>(
    `WITH looked AS (
       UPDATE source_file f
          SET missing_at = CASE WHEN f.path = ANY($3::text[]) THEN NULL ELSE coalesce(f.missing_at, now()) END
        WHERE f.shop_id = $1 AND f.connection_id = $2 AND f.archived_path IS NOT NULL AND f.cleaned_at IS NULL
          AND f.cleaning_at IS NULL AND f.path = f.archived_path
          AND (f.path = ANY($3::text[])) IS DISTINCT FROM (f.missing_at IS NULL)
        RETURNING f.id)
     SELECT name FROM source_file f
      WHERE f.shop_id = $1 AND f.connection_id = $2 AND f.archived_path IS NOT NULL AND f.cleaned_at IS NULL
        AND f.cleaning_at IS NULL AND f.path = f.archived_path AND NOT (f.path = ANY($3::text[]))
        AND f.archived_at > now() - ${SOON} ORDER BY f.archived_at DESC LIMIT 100`,
    [shopId, scope.id, listed.map(({ path }) => path)],
  );
  return rows.map(({ name }) => name);
}

/** Recent files in the connection's own folder that look like exports and that no connection of the shop put there. */
async function findUnknown(
  ctx: Context,
  shopId: string,
  scope: ConnectionScope,
  listed: readonly RemoteFile[],
): Promise<string[]> {
  const since = ctx.clock.now().getTime() - TOLD_FOR_MS;
  const { processed } = laneDirectories(scope.directory);
  const exports = listed.filter(
    ({ path, name, modifiedAtMs }) =>
      path === `${processed}/${name}` && modifiedAtMs > since && parseFileName(name).ok,
  );
  if (exports.length === 0) {
    return [];
  }
  const known = await ctx.db.sql<{ path: string }>(
    `SELECT archived_path AS path FROM source_file
      WHERE connection_id IN (SELECT id FROM connection WHERE shop_id = $1) AND archived_path = ANY($2::text[])`,
    [shopId, exports.map(({ path }) => path)],
  );
  const ours = new Set(known.map(({ path }) => path));
  return exports.filter(({ path }) => !ours.has(path)).map(({ name }) => name);
}
