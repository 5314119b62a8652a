import type { Context, Sql } from '../context.ts';
import { changesBetween } from '../domain/config-changes.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { readColumnsForm, toColumnsForm, type ColumnsForm } from '../domain/read-columns-form.ts';
import type { RecordKind } from '../domain/records.ts';
import { isUuid } from '../domain/uuid.ts';
import { writeAudit } from './write-audit.server.ts';

type Place = { kind: RecordKind; connectionId: string | null };

/**
 * Stores which columns the files of a kind have, for the whole shop (`connectionId` null) or for one connection. `seen` is
 * what the page showed: what somebody else saved meanwhile is not overwritten. Counts from the next file on. Null: the shop
 * has no such connection.
 */
export async function saveColumns(
  ctx: Context,
  shopId: string,
  input: Place & { form: ColumnsForm; seen: ColumnsForm; actor: string },
): Promise<FormAnswer | null> {
  const { kind, connectionId, form, seen, actor } = input;
  const read = readColumnsForm(kind, form, { isOwn: connectionId !== null });
  return ctx.db.transaction('save columns', async (sql): Promise<FormAnswer | null> => {
    const place = await lockPlace(sql, shopId, input);
    if (place === null) {
      return null;
    }
    if (!read.ok) {
      return { ok: false, problems: read.problems };
    }
    const stored = place.columns ?? {};
    if (JSON.stringify(toColumnsForm(kind, stored)) !== JSON.stringify(toColumnsForm(kind, seen))) {
      return refusal('Somebody else saved these columns meanwhile. Reload the page and look at them first.');
    }
    await sql(
      `WITH changed AS (
         UPDATE column_settings SET columns = $4
          WHERE shop_id = $1 AND connection_id IS NOT DISTINCT FROM $2::uuid AND kind = $3 RETURNING id)
       INSERT INTO column_settings (shop_id, connection_id, kind, columns)
       SELECT $1, $2, $3, $4::jsonb WHERE NOT EXISTS (SELECT 1 FROM changed)`,
      [shopId, connectionId, kind, JSON.stringify(read.columns)],
    );
    await writeAudit(sql, shopId, {
      actor,
      action: 'save columns',
      subject: subjectOf(kind, place.connection),
      changes: changesBetween(stored, read.columns),
    });
    return { ok: true, message: 'Columns saved' };
  });
}

/** Has a connection use the shop's columns of a kind again. Null: the shop has no such connection. */
export async function removeOwnColumns(
  ctx: Context,
  shopId: string,
  input: { kind: RecordKind; connectionId: string; actor: string },
): Promise<FormAnswer | null> {
  const { kind, connectionId, actor } = input;
  return ctx.db.transaction('remove own columns', async (sql): Promise<FormAnswer | null> => {
    const place = await lockPlace(sql, shopId, input);
    if (place === null) {
      return null;
    }
    if (place.columns !== null) {
      await sql('DELETE FROM column_settings WHERE shop_id = $1 AND connection_id = $2 AND kind = $3', [
        shopId,
        connectionId,
        kind,
      ]);
      await writeAudit(sql, shopId, {
        actor,
        action: 'remove own columns',
        subject: subjectOf(kind, place.connection),
        changes: changesBetween(place.columns, {}),
      });
    }
    return { ok: true, message: 'Own columns removed' };
  });
}

/** What is stored for a place, this transaction alone being about it. Null: no such connection. */
async function lockPlace(
  sql: Sql,
  shopId: string,
  { kind, connectionId }: Place,
): Promise<{ connection: string | null; columns: Record<string, string> | null } | null> {
  // NO KEY: the imports' foreign keys do not wait for it.
  await sql('SELECT 1 FROM shop_settings WHERE shop_id = $1 FOR NO KEY UPDATE', [shopId]);
  const connection = connectionId === null ? null : await connectionName(sql, shopId, connectionId);
  if (connection === undefined) {
    return null;
  }
  const [row] = await sql<{ columns: Record<string, string> }>(
    `SELECT columns FROM column_settings
      WHERE shop_id = $1 AND connection_id IS NOT DISTINCT FROM $2::uuid AND kind = $3`,
    [shopId, connectionId, kind],
  );
  return { connection, columns: row?.columns ?? null };
}

async function connectionName(sql: Sql, shopId: string, id: string): Promise<string | undefined> {
  const rows = isUuid(id)
    ? await sql<{ name: string }>(
        'SELECT name FROM connection WHERE shop_id = $1 AND id = $2 AND removed_at IS NULL',
        [shopId, id],
      )
    : [];
  return rows[0]?.name;
}

function subjectOf(kind: RecordKind, connection: string | null): string {
  return connection === null ? `${kind}, whole shop` : `${kind} of ${connection}`;
}
