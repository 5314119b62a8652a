import { z } from 'zod';
import type { Context } from '../../context.ts';
import { readEmail } from '../../domain/email.ts';
import type { Person } from '../../domain/person.ts';
import { repairPhone } from '../../domain/phone.ts';

/** One of Shopify's privacy requests that nobody has begun with. */
export type PrivacyRequest = {
  id: string;
  payload: unknown;
  receivedAt: Date;
  phoneCountry: string;
  timezone: string;
};

/** Begins with a request: marks it as taken, together with what carries it on. Two workers may be given the same one. */
export type PrivacyWork = (ctx: Context, shopId: string, request: PrivacyRequest) => Promise<void>;

const payloadSchema = z.object({
  customer: z.object({ email: z.string().nullish(), phone: z.string().nullish() }).nullish(),
});

/** Whom a request is about, by e-mail and phone as Klaviyo takes them; null = it names neither. */
export function personOf(payload: unknown, phoneCountry: string): Person | null {
  const customer = payloadSchema.safeParse(payload).data?.customer;
  const email = readEmail(customer?.email ?? '');
  const phone = repairPhone(customer?.phone ?? '', phoneCountry);
  const person: Person = {
    emails: 'email' in email ? [email.email] : [],
    phones: 'e164' in phone ? [phone.e164] : [],
    keys: [],
  };
  return person.emails.length + person.phones.length === 0 ? null : person;
}
