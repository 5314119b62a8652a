import type { Context } from '../context.ts';
import type { ErasureFigures } from '../domain/erasure.ts';
import type { Person } from '../domain/person.ts';
import { knowPerson } from '../pipeline/erasure/know-person.ts';
import { errorsOf, readRecordKeys } from '../pipeline/erasure/scrub-errors.ts';

/** What is held of a person in one connection, in numbers. */
export type HeldInConnection = { name: string } & Omit<ErasureFigures, 'previews'>;

/** What an erasure of this person would remove, connection by connection. Reads every customer of the shop: not for a page. */
export async function heldOfPerson(ctx: Context, shopId: string, who: Person): Promise<HeldInConnection[]> {
  const { person, places } = await knowPerson(ctx, shopId, who);
  const held: HeldInConnection[] = [];
  for (const place of places) {
    const keys = await readRecordKeys(ctx, shopId, { connectionId: place.id, person });
    const [there] = await ctx.db.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM unnest($3::text[]) AS k(key)
         JOIN customer c ON c.shop_id = $1 AND c.connection_id = $2 AND c.external_id = k.key`,
      [shopId, place.id, keys.customers],
    );
    let errors = 0;
    for await (const _ of errorsOf(ctx, shopId, { place, person, keys })) {
      errors += 1;
    }
    const { orders, rewards } = keys;
    held.push({
      name: place.name,
      customers: there?.count ?? 0,
      orders: orders.length,
      rewards: rewards.length,
      errors,
    });
  }
  return held;
}
