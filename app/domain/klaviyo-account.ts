import { z } from 'zod';
import type { KlaviyoRequest } from './ports/klaviyo.ts';

/** Whose a key is. */
export type KlaviyoAccount = { id: string; name: string | null };

/** Asks for it. Klaviyo answers 403 to a key without `accounts:read`. */
export const ACCOUNT_REQUEST: KlaviyoRequest = {
  operation: 'getAccounts',
  method: 'GET',
  path: '/api/accounts',
};

const accounts = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      attributes: z.object({
        contact_information: z.object({ organization_name: z.string() }).partial().nullish(),
      }),
    }),
  ),
});

/** Reads Klaviyo's answer. Null = it names no account. */
export function readAccount(body: unknown): KlaviyoAccount | null {
  const found = accounts.safeParse(body);
  const first = found.success ? found.data.data[0] : undefined;
  return first === undefined
    ? null
    : { id: first.id, name: first.attributes.contact_information?.organization_name ?? null };
}
