import type { Context } from '../context.ts';
import { laneDirectories } from '../domain/lanes.ts';
import { shopTime } from './shop-time.ts';

export type ConsentBackFacts = {
  folder: string;
  /** When Klaviyo was last asked to the end; null = never. */
  lookedAt: string | null;
  /** A person has asked for a file that is not written yet. */
  isWanted: boolean;
  /** The latest files, newest first. */
  files: { name: string; at: string; people: number }[];
};

const FILES_SHOWN = 5;

/** What a connection has told Apparel21 about people who left in Klaviyo. */
export async function consentBackFacts(
  ctx: Context,
  shopId: string,
  connectionId: string,
): Promise<ConsentBackFacts | null> {
  const [[row], files] = await Promise.all([
    ctx.db.sql<{ directory: string; timezone: string; looked_at: Date | null; wanted_at: Date | null }>(
      `SELECT c.directory, s.timezone, c.consent_looked_at AS looked_at, c.consent_wanted_at AS wanted_at
         FROM connection c JOIN shop_settings s ON s.shop_id = c.shop_id WHERE c.shop_id = $1 AND c.id = $2`,
      [shopId, connectionId],
    ),
    ctx.db.sql<{ name: string; rows: number; written_at: Date }>(
      `SELECT name, rows, written_at FROM consent_export
        WHERE shop_id = $1 AND connection_id = $2 AND status = 'written' ORDER BY name DESC LIMIT ${FILES_SHOWN}`,
      [shopId, connectionId],
    ),
  ]);
  if (row === undefined) {
    return null;
  }
  const { timezone } = row;
  return {
    folder: laneDirectories(row.directory).outbound,
    lookedAt: row.looked_at === null ? null : shopTime(row.looked_at, timezone),
    isWanted: row.wanted_at !== null,
    files: files.map((file) => ({
      name: file.name,
      at: shopTime(file.written_at, timezone),
      people: file.rows,
    })),
  };
}
