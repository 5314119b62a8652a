import type { RecordKind } from '#app/domain/records.ts';
import { recordHistory, type RecordHistory } from '#app/queries/record-history.server.ts';
import { recordPage, type RecordPage } from '#app/queries/record-page.server.ts';
import type { World } from './world.ts';

/**
 * What a merchant sees of one record after a pass: `json` is what `threadline record … --json` prints, `page` everything
 * that its page in the app shows, in its words.
 */
export async function shown(
  world: World,
  kind: RecordKind,
  key: string,
  connection = 'Klaviyo AU',
): Promise<{ json: RecordHistory; page: RecordPage }> {
  const { ctx, shopId } = world;
  const [row] = await ctx.db.sql<{ id: string; record: string; timezone: string; dataSync: boolean }>(
    `SELECT c.id, t.id AS record, s.timezone, s.data_sync AS "dataSync"
       FROM ${kind === 'orders' ? '"order"' : kind.slice(0, -1)} t JOIN connection c ON c.id = t.connection_id
       JOIN shop_settings s ON s.shop_id = t.shop_id
      WHERE t.shop_id = $1 AND c.name = $2 AND t.external_id = $3`,
    [shopId, connection, key],
  );
  if (row === undefined) {
    throw new Error(`no ${kind} ${key} in ${connection}`);
  }
  const json = await recordHistory(ctx, shopId, { kind, key, connectionId: row.id, connection });
  const page = await recordPage(
    ctx,
    { id: shopId, timezone: row.timezone, dataSync: row.dataSync },
    { kind, id: row.record },
  );
  if (page === null) {
    throw new Error(`${kind} ${key} has no page`);
  }
  return { json, page };
}
