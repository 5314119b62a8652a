import type { Context } from '../context.ts';
import { changesBetween } from '../domain/config-changes.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { readShopForm, type ShopForm } from '../domain/shop-form.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Stores time zone, country of phone numbers and currency of a shop. `seen` is what the page showed: what somebody else saved
 * meanwhile is not overwritten. Counts for the rows of the next file on.
 */
export async function saveShopSettings(
  ctx: Context,
  shopId: string,
  input: { form: ShopForm; seen: ShopForm; actor: string },
): Promise<FormAnswer> {
  const read = readShopForm(input.form);
  if (!read.ok) {
    return { ok: false, problems: read.problems };
  }
  const { value, seen } = { ...read, seen: input.seen };
  return ctx.db.transaction('save shop settings', async (sql): Promise<FormAnswer> => {
    const [stored] = await sql<ShopForm>(
      `SELECT timezone, phone_country AS "phoneCountry", currency FROM shop_settings
        WHERE shop_id = $1 FOR NO KEY UPDATE`,
      [shopId],
    );
    const isSeen =
      stored?.timezone === seen.timezone &&
      stored.phoneCountry === seen.phoneCountry &&
      stored.currency === seen.currency;
    if (!isSeen) {
      return refusal(
        'Somebody else saved the shop’s settings meanwhile. Reload the page and look at them first.',
      );
    }
    await sql(
      'UPDATE shop_settings SET timezone = $2, phone_country = $3, currency = $4 WHERE shop_id = $1',
      [shopId, value.timezone, value.phoneCountry, value.currency],
    );
    await writeAudit(sql, shopId, {
      actor: input.actor,
      action: 'save shop settings',
      subject: 'shop',
      changes: changesBetween(stored, value),
    });
    return { ok: true, message: 'Shop settings saved' };
  });
}
