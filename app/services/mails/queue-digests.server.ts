import type { Context, Sql } from '../../context.ts';
import { digestMail, digestTurn, type DigestTurn } from '../../domain/mails/digest.ts';
import type { DigestPace } from '../../domain/mails/digest-pace.ts';
import { digestOf } from '../../queries/digest.server.ts';
import { eachApart } from './each-apart.server.ts';
import { queueMail } from './queue-mail.server.ts';
import { loadRecipients } from './recipients.server.ts';

/** Of the table of causes: when the last digest was written. */
const CAUSE = 'digest';

type ShopRow = {
  id: string;
  domain: string;
  timezone: string;
  digest: Exclude<DigestPace, 'off'>;
  mailed_at: Date | null;
};

/**
 * Writes the digests that are due, each once. One that fell due while no worker ran is written late; the first one comes as
 * soon as digests are switched on. It goes to everybody who gets mails of the shop.
 */
export async function queueDigests(ctx: Context): Promise<void> {
  const shops = await ctx.db.sql<ShopRow>(
    `SELECT s.id, s.domain, t.timezone, t.digest, m.mailed_at FROM shop_settings t
       JOIN shop s ON s.id = t.shop_id AND s.uninstalled_at IS NULL
       LEFT JOIN mail_cause m ON m.shop_id = s.id AND m.cause = '${CAUSE}'
      WHERE t.digest <> 'off' ORDER BY s.id`,
  );
  const now = ctx.clock.now();
  await eachApart(ctx, shops, async (shop) => {
    const turn = digestTurn({ pace: shop.digest, timezone: shop.timezone, now });
    if (shop.mailed_at === null || shop.mailed_at < turn.dueAt) {
      await writeDigest(ctx, shop, turn, now);
    }
  });
}

async function writeDigest(ctx: Context, shop: ShopRow, turn: DigestTurn, now: Date): Promise<void> {
  const connections = await loadRecipients(ctx.db.sql, shop.id);
  const recipients = [...new Set(connections.flatMap(({ errors, successes }) => [...errors, ...successes]))];
  if (recipients.length === 0) {
    return; // whoever is entered later today still gets it
  }
  const digest = await digestOf(ctx, shop.id, turn);
  const mail = digestMail({ shop: shop.domain, address: ctx.settings.appAddress, digest });
  await ctx.db.transaction('queue digest', async (sql) => {
    if (await claimTurn(sql, shop.id, turn, now)) {
      await queueMail(sql, shop.id, {
        key: `digest:${turn.to}:${shop.digest}`,
        kind: 'digest',
        recipients,
        mail,
      });
    }
  });
}

/** Of two workers one writes it. */
async function claimTurn(sql: Sql, shopId: string, turn: DigestTurn, now: Date): Promise<boolean> {
  const claimed = await sql(
    `INSERT INTO mail_cause (shop_id, cause, mailed_at) VALUES ($1, '${CAUSE}', $2)
     ON CONFLICT (shop_id, cause) DO UPDATE SET mailed_at = EXCLUDED.mailed_at WHERE mail_cause.mailed_at < $3
     RETURNING cause`,
    [shopId, now, turn.dueAt],
  );
  return claimed.length > 0;
}
