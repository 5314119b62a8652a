import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { Person } from '../../domain/person.ts';

const person = z.object({
  emails: z.array(z.string()),
  phones: z.array(z.string()),
  keys: z.array(z.object({ connectionId: z.string(), key: z.string() })),
});

/** Where the sealed person of an erasure stands: the additional data of its seal. */
export function personPlace(shopId: string, erasureId: string): string {
  return `erasure/sealed_person/${erasureId}/${shopId}`;
}

/** Who is being erased, as it stands in the database while there is something left to do. */
export function sealPerson(ctx: Context, shopId: string, erasureId: string, who: Person): string {
  return ctx.vault.seal(JSON.stringify(who), personPlace(shopId, erasureId));
}

/** Errors: AppError `unsealable`. */
export function openPerson(ctx: Context, shopId: string, erasureId: string, sealed: string): Person {
  return person.parse(JSON.parse(ctx.vault.open(sealed, personPlace(shopId, erasureId))));
}
