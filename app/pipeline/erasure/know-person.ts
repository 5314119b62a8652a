import type { Context } from '../../context.ts';
import type { Person } from '../../domain/person.ts';
import { findPerson, placesOf, type Place } from './find-person.ts';

/** Each round needs a new address of the person. */
const MOST_ROUNDS = 5;

/** A person with everything that the shop's records add to what is known of them, and where to look. Reads only. */
export async function knowPerson(
  ctx: Context,
  shopId: string,
  who: Person,
): Promise<{ person: Person; places: Place[] }> {
  const places = await placesOf(ctx, shopId);
  let person = who;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const before = person;
    for (const place of places) {
      let after: string | null = null;
      do {
        const step = await findPerson(ctx, shopId, { place, person, after });
        person = step.person;
        after = step.last;
      } while (after !== null);
    }
    if (person.emails.length === before.emails.length && person.phones.length === before.phones.length) {
      break;
    }
  }
  return { person, places };
}
