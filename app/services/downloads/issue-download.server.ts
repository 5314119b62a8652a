import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import { sha256 } from '../../domain/hash.ts';
import type { JsonObject } from '../../domain/records.ts';

const VALID_SECONDS = 60;

/**
 * An address under which a person gets a file, once, within a minute. A plain link inside Shopify admin carries no session
 * token, so the address itself is the permission: 256 random bits of which only the hash is stored.
 * https://github.com/Shopify/shopify-app-template-remix/issues/454
 */
export async function issueDownload(
  ctx: Context,
  shopId: string,
  download: { kind: string; input: JsonObject },
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await ctx.db.sql(
    `INSERT INTO download_ticket (token_hash, shop_id, kind, input, expires_at)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')`,
    [sha256(token), shopId, download.kind, JSON.stringify(download.input), VALID_SECONDS],
  );
  return `/downloads/${token}`;
}
