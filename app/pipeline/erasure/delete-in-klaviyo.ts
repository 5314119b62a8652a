import { z } from 'zod';
import type { Context } from '../../context.ts';
import { backoffMs } from '../../domain/backoff.ts';
import { AppError } from '../../domain/errors.ts';
import { explainRefusal } from '../../domain/klaviyo-errors.ts';
import { keysIn, type Person } from '../../domain/person.ts';
import type { KlaviyoClient, KlaviyoRequest } from '../../domain/ports/klaviyo.ts';
import { deletionBody } from '../../domain/wire.ts';
import { openKlaviyo, type ConnectionScope } from '../load-connections.ts';

/** A longer wait is left to the next attempt. */
const LONGEST_WAIT_MS = 60_000;

const profiles = z.object({
  data: z.array(z.object({ id: z.string(), attributes: z.object({ email: z.string().nullish() }) })),
});

/**
 * Asks Klaviyo to delete a person's profiles in one account: by each e-mail, or by phone of somebody without one (a number
 * may be shared), and profiles that carry the person's key of Apparel21 under another address. Klaviyo takes a request for
 * somebody it does not have, and deletes later by itself; so a repeat is harmless, after an ambiguous answer, too.
 * https://developers.klaviyo.com/en/reference/request_profile_deletion
 * Errors: AppError `klaviyo_key_refused`, `klaviyo_scope_missing`, `klaviyo_refused` (a person), `klaviyo_unreachable` (later).
 */
export async function deleteInKlaviyo(
  ctx: Context,
  input: { scope: ConnectionScope; person: Person },
): Promise<void> {
  const { scope, person } = input;
  const klaviyo = await openKlaviyo(ctx, scope);
  async function request(identifier: Parameters<typeof deletionBody>[0]): Promise<void> {
    const path = '/api/data-privacy-deletion-jobs';
    const body = deletionBody(identifier);
    await ask(ctx, klaviyo, scope, { operation: 'deleteProfile', method: 'POST', path, body });
  }
  for (const email of person.emails) {
    await request({ email });
  }
  for (const phone of person.emails.length === 0 ? person.phones : []) {
    await request({ phone });
  }
  for (const id of await profilesByKey(ctx, klaviyo, input)) {
    await request({ id });
  }
}

/** Profiles that carry one of the person's keys and none of the e-mails that are deleted anyway. */
async function profilesByKey(
  ctx: Context,
  klaviyo: KlaviyoClient,
  { scope, person }: { scope: ConnectionScope; person: Person },
): Promise<string[]> {
  const keys = scope.rules.sendExternalId ? keysIn(person, scope.id).slice(0, 100) : [];
  if (keys.length === 0) {
    return [];
  }
  const filter = encodeURIComponent(`any(external_id,${JSON.stringify(keys)})`);
  const path = `/api/profiles?filter=${filter}&fields%5Bprofile%5D=email&page%5Bsize%5D=100`;
  const body = await ask(ctx, klaviyo, scope, { operation: 'getProfiles', method: 'GET', path });
  const emails = new Set(person.emails);
  return (profiles.safeParse(body).data?.data ?? []).flatMap(({ id, attributes }) =>
    emails.has(attributes.email?.toLowerCase() ?? '') ? [] : [id],
  );
}

async function ask(
  ctx: Context,
  klaviyo: KlaviyoClient,
  scope: ConnectionScope,
  request: KlaviyoRequest,
): Promise<unknown> {
  for (let failures = 0; failures < ctx.settings.maxAttempts;) {
    const answer = await klaviyo.send(request);
    if (answer.outcome === 'answered') {
      if (answer.status >= 400) {
        throw refused(scope, answer.status, answer.body);
      }
      return answer.body;
    }
    if (answer.outcome === 'throttled' && answer.retryAfterMs > LONGEST_WAIT_MS) {
      break;
    }
    failures += answer.outcome === 'throttled' ? 0 : 1;
    await ctx.clock.sleep(
      answer.outcome === 'throttled' ? answer.retryAfterMs : backoffMs(failures, ctx.ids.random()),
    );
  }
  throw new AppError({
    code: 'klaviyo_unreachable',
    retry: 'later',
    message: `${request.operation}: no clear answer`,
    hint: `"${scope.name}" gets no answer from Klaviyo. The deletion there is tried again by itself.`,
  });
}

function refused(scope: ConnectionScope, status: number, body: unknown): AppError {
  if (status === 401) {
    return new AppError({
      code: 'klaviyo_key_refused',
      retry: 'person',
      message: `401 for connection ${scope.id}`,
      hint: `Klaviyo refuses the private key of "${scope.name}". Enter a new one for this connection and try again, or delete the profile in Klaviyo by hand.`,
    });
  }
  if (status === 403) {
    return new AppError({
      code: 'klaviyo_scope_missing',
      retry: 'person',
      message: `403 for connection ${scope.id}`,
      hint: `The private key of "${scope.name}" may not delete profiles. Create a key with the scope data-privacy:write, enter it for this connection and try again, or delete the profile in Klaviyo by hand.`,
    });
  }
  return new AppError({
    code: 'klaviyo_refused',
    retry: 'person',
    message: `deletion refused with ${status}`,
    // Without Klaviyo's own words where they may quote the address.
    hint: `Klaviyo did not take the deletion for "${scope.name}" (${status}${status === 400 ? '' : `: ${explainRefusal(body)}`}). Delete the profile in Klaviyo by hand.`,
  });
}
