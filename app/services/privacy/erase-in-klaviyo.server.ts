import type { Context, Sql } from '../../context.ts';
import { isSettled, pauseAfter, type KlaviyoPart, type KlaviyoParts } from '../../domain/erasure.ts';
import { isAppError } from '../../domain/errors.ts';
import type { Person } from '../../domain/person.ts';
import { deleteInKlaviyo } from '../../pipeline/erasure/delete-in-klaviyo.ts';
import { loadConnections, type ConnectionScope } from '../../pipeline/load-connections.ts';
import { raiseAlert, resolveAlerts } from '../../pipeline/raise-alert.ts';

/** Klaviyo may work on what it accepted for so long, and would make a profile that was deleted meanwhile anew. */
const STILL_AT_WORK_MS = 10 * 60_000;

/** Notes when something of the person last left for Klaviyo: it is not asked to delete them before that has landed. */
export async function noteLastSent(
  sql: Sql,
  shopId: string,
  input: { erasureId: string; connectionId: string; sentAt: Date | null },
): Promise<void> {
  if (input.sentAt !== null) {
    const notBefore = new Date(input.sentAt.getTime() + STILL_AT_WORK_MS).toISOString();
    await sql(
      `UPDATE erasure SET klaviyo = jsonb_set(klaviyo, ARRAY[$3::text, 'notBefore'],
                to_jsonb(greatest(klaviyo->$3->>'notBefore', $4::text)))
        WHERE shop_id = $1 AND id = $2 AND klaviyo->$3->>'state' = 'wanted'`,
      [shopId, input.erasureId, input.connectionId, notBefore],
    );
  }
}

/**
 * Asks Klaviyo to delete a person wherever that is still wanted. What Klaviyo gives no answer to is tried again later by
 * itself; what needs a person stays open with an alert. Once nothing is left to do nobody can tell any more who it was.
 * Returns a sentence about it, blank when nothing was wanted. Safe to repeat.
 */
export async function eraseInKlaviyo(
  ctx: Context,
  shopId: string,
  { erasureId, person }: { erasureId: string; person: Person },
): Promise<string> {
  const parts = await readParts(ctx, shopId, erasureId);
  const scopes = await loadConnections(ctx, shopId);
  for (const [connectionId, part] of Object.entries(parts)) {
    if (part.state === 'wanted' && isTime(part, ctx.clock.now())) {
      const scope = scopes.find(({ id }) => id === connectionId);
      parts[connectionId] = await tryPart(ctx, { scope, person, part });
      await ctx.db.sql(
        'UPDATE erasure SET klaviyo = jsonb_set(klaviyo, ARRAY[$3::text], $4::jsonb) WHERE shop_id = $1 AND id = $2',
        [shopId, erasureId, connectionId, JSON.stringify(parts[connectionId])],
      );
    }
  }
  await closeErasure(ctx, shopId, erasureId);
  return outcomeOf(parts);
}

async function readParts(ctx: Context, shopId: string, erasureId: string): Promise<KlaviyoParts> {
  const [row] = await ctx.db.sql<{ klaviyo: KlaviyoParts }>(
    'SELECT klaviyo FROM erasure WHERE shop_id = $1 AND id = $2',
    [shopId, erasureId],
  );
  return row?.klaviyo ?? {};
}

function isTime({ notBefore }: KlaviyoPart, now: Date): boolean {
  return notBefore === undefined || Date.parse(notBefore) <= now.getTime();
}

async function tryPart(
  ctx: Context,
  { scope, person, part }: { scope: ConnectionScope | undefined; person: Person; part: KlaviyoPart },
): Promise<KlaviyoPart> {
  if (scope === undefined) {
    return {
      state: 'by-hand',
      problem: 'The connection was removed. Delete the profile in that Klaviyo account by hand.',
    };
  }
  try {
    await deleteInKlaviyo(ctx, { scope, person });
    return { state: 'requested' };
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    ctx.log.warn({ connection: scope.id, code: error.code }, 'a person was not deleted in Klaviyo');
    if (error.retry !== 'later') {
      return { state: 'by-hand', problem: error.hint };
    }
    const attempts = (part.attempts ?? 0) + 1;
    const notBefore = new Date(ctx.clock.now().getTime() + pauseAfter(attempts)).toISOString();
    return { state: 'wanted', attempts, notBefore, problem: error.hint };
  }
}

/**
 * Ends an erasure of which nothing is left to do: who it was is forgotten. Otherwise notes when to go on, and has an alert
 * say what needs a person. Safe to repeat.
 */
export async function closeErasure(ctx: Context, shopId: string, erasureId: string): Promise<void> {
  const parts = await readParts(ctx, shopId, erasureId);
  const cause = `erasure:${erasureId}`;
  if (isSettled(parts)) {
    await ctx.db.sql(
      `UPDATE erasure SET finished_at = now(), sealed_person = NULL, next_attempt_at = NULL
        WHERE shop_id = $1 AND id = $2 AND erased_at IS NOT NULL AND finished_at IS NULL`,
      [shopId, erasureId],
    );
    await resolveAlerts(ctx, shopId, cause);
    return;
  }
  const waiting = Object.values(parts).filter(({ state }) => state === 'wanted');
  const [next] = waiting.map(({ notBefore }) => notBefore ?? ctx.clock.now().toISOString()).sort();
  await ctx.db.sql('UPDATE erasure SET next_attempt_at = $3 WHERE shop_id = $1 AND id = $2', [
    shopId,
    erasureId,
    next ?? null,
  ]);
  const problem = Object.values(parts).find((part) => part.problem !== undefined)?.problem;
  if (problem !== undefined) {
    await raiseAlert(ctx, shopId, {
      connectionId: null,
      cause,
      code: 'erasure_open',
      message: `A person was erased here and is still to be deleted in Klaviyo. ${problem}`,
    });
  }
}

function outcomeOf(parts: KlaviyoParts): string {
  const states = Object.values(parts);
  if (states.length === 0) {
    return '';
  }
  if (isSettled(parts)) {
    return 'Klaviyo was asked to delete the profile.';
  }
  return states.some(({ state }) => state === 'by-hand')
    ? 'The deletion in Klaviyo needs you.'
    : 'Klaviyo is asked to delete the profile once what was sent before has landed there.';
}
