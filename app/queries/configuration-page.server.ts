import type { Context } from '../context.ts';

export type ConfigurationPage = {
  domain: string;
  /** What a file that is exported now leaves blank, because the shop does not have it yet. */
  hasSftp: boolean;
  connections: number;
};

/** What the page of the configuration file says about the shop; no setting and no secret. */
export async function configurationPage(
  ctx: Context,
  shop: { id: string; domain: string },
): Promise<ConfigurationPage> {
  const [row] = await ctx.db.sql<{ has_sftp: boolean; connections: number }>(
    `SELECT EXISTS (SELECT 1 FROM sftp_account WHERE shop_id = $1) AS has_sftp,
            (SELECT count(*)::int FROM connection WHERE shop_id = $1 AND removed_at IS NULL AND mode <> 'sample') AS connections`,
    [shop.id],
  );
  return { domain: shop.domain, hasSftp: row?.has_sftp ?? false, connections: row?.connections ?? 0 };
}
