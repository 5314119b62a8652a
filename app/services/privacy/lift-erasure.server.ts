import type { Context } from '../../context.ts';
import { readEmail } from '../../domain/email.ts';
import type { FormAnswer } from '../../domain/form-answer.ts';
import { marksOfAddress } from '../../domain/person.ts';
import { repairPhone } from '../../domain/phone.ts';
import { erasureHasher } from '../../pipeline/erasure/erased-people.ts';
import { writeAudit } from '../write-audit.server.ts';

/**
 * Lets somebody who was erased be imported again, because they became a customer anew and asked for it. All that the erasure
 * knew them by is forgotten: the address that is typed, others, and keys in Apparel21. Refused while they are being erased.
 */
export async function liftErasure(
  ctx: Context,
  shop: { id: string; phoneCountry: string },
  input: { address: string; actor: string },
): Promise<FormAnswer> {
  const address = addressOf(input.address, shop.phoneCountry);
  if (address === null) {
    return refused('Type a complete e-mail address or phone number.');
  }
  const hashes = marksOfAddress(address).map(await erasureHasher(ctx, shop.id));
  const outcome = await ctx.db.transaction('lift erasure', async (sql) => {
    const found = await sql<{ erasure_id: string | null; is_open: boolean }>(
      `SELECT s.erasure_id, e.id IS NOT NULL AND e.erased_at IS NULL AS is_open
         FROM suppression s LEFT JOIN erasure e ON e.id = s.erasure_id
        WHERE s.shop_id = $1 AND s.identity_hash = ANY($2::text[])`,
      [shop.id, hashes],
    );
    if (found.length === 0) {
      return 'unknown';
    }
    if (found.some((row) => row.is_open)) {
      return 'open';
    }
    await sql(
      'DELETE FROM suppression WHERE shop_id = $1 AND (identity_hash = ANY($2::text[]) OR erasure_id = ANY($3::uuid[]))',
      [shop.id, hashes, found.flatMap((row) => row.erasure_id ?? [])],
    );
    await writeAudit(sql, shop.id, {
      actor: input.actor,
      action: 'restore erased person',
      subject: `a person (${(hashes[0] ?? '').slice(0, 8)})`,
      changes: [],
    });
    return 'lifted';
  });
  switch (outcome) {
    case 'unknown':
      return refused('Nobody with this address was erased here. Look for a typing mistake.');
    case 'open':
      return refused('This person is being erased right now. Try again in a few minutes.');
    case 'lifted':
      return { ok: true, message: 'The person comes back with the next file' };
  }
}

function addressOf(text: string, country: string): { email: string } | { phone: string } | null {
  const email = readEmail(text);
  if ('email' in email) {
    return email;
  }
  const phone = repairPhone(text, country);
  return 'e164' in phone ? { phone: phone.e164 } : null;
}

function refused(message: string): FormAnswer {
  return { ok: false, problems: [{ field: 'address', message }] };
}
