import { filePage, type FilePage } from '#app/queries/file-page.server.ts';
import { readProblemsView } from '#app/queries/file-problems.server.ts';
import type { ConnectionStatus, FileStatusLine } from '#app/queries/shop-status.server.ts';
import type { World } from './world.ts';

/** What a merchant sees of one file: its line in `status --json`, and its page in the app. `place` = its path on the SFTP server. */
export async function fileShown(
  world: World,
  place: string,
): Promise<{ json: FileStatusLine; page: FilePage }> {
  const [, lane = '', , name = ''] = place.split('/');
  const { connections } = await world.status();
  const json = connections
    .flatMap(({ files }) => files)
    .find((one) => one.name === name && one.lane === lane);
  if (json === undefined) {
    throw new Error(`no file ${place}`);
  }
  const [shop] = await world.ctx.db.sql<{ timezone: string; dataSync: boolean }>(
    'SELECT timezone, data_sync AS "dataSync" FROM shop_settings WHERE shop_id = $1',
    [world.shopId],
  );
  const page = await filePage(
    world.ctx,
    { id: world.shopId, timezone: shop?.timezone ?? 'UTC', dataSync: shop?.dataSync ?? true },
    json.id,
    readProblemsView(new URLSearchParams()),
  );
  if (page === null) {
    throw new Error(`${place} has no page`);
  }
  return { json, page };
}

/** The only connection of a usual world. */
export async function connectionOf(world: World): Promise<ConnectionStatus> {
  const [connection] = (await world.status()).connections;
  if (connection === undefined) {
    throw new Error('the shop has no connection');
  }
  return connection;
}
