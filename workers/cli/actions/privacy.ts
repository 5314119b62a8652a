import type { Context } from '#app/context.ts';
import { readEmail } from '#app/domain/email.ts';
import type { KlaviyoParts } from '#app/domain/erasure.ts';
import { AppError } from '#app/domain/errors.ts';
import type { Person } from '#app/domain/person.ts';
import { repairPhone } from '#app/domain/phone.ts';
import { loadConnections, type ConnectionScope } from '#app/pipeline/load-connections.ts';
import { heldOfPerson, type HeldInConnection } from '#app/queries/held-of-person.server.ts';
import { liftErasure } from '#app/services/privacy/lift-erasure.server.ts';
import { startErasure, wakeErasures } from '#app/services/privacy/start-erasure.server.ts';
import { runTask } from '#app/services/tasks/run-task.server.ts';
import type { EraseOptions } from '../commands/privacy.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { findShop, withSession } from '../session.ts';

const ACTOR = 'command line';
const LOOK_MS = 300;

/** Erases a person, in this process, or says what would be removed. */
export function erase(context: CommandContext, text: string, options: EraseOptions): Promise<void> {
  const { output } = context;
  return withSession(async ({ ctx }) => {
    const shopId = await findShop(ctx, options.shop);
    const scopes = await loadConnections(ctx, shopId, options.connection);
    const person = await personOf(ctx, shopId, { text, options, scopes });
    const held = await heldOfPerson(ctx, shopId, person);
    if (options.dryRun === true) {
      return options.json === true
        ? output.json({ isDryRun: true, held })
        : output.line(heldText(held, true));
    }
    const id = await startErasure(ctx, shopId, {
      person,
      actor: ACTOR,
      connectionIds: options.klaviyo === true ? scopes.map((scope) => scope.id) : [],
    });
    const { outcome, klaviyo, failed } = await workOff(ctx, shopId, id ?? '');
    const needsPerson = failed || Object.values(klaviyo).some(({ state }) => state === 'by-hand');
    context.exit(needsPerson ? EXIT.needsPerson : EXIT.done);
    return options.json === true
      ? output.json({ isDryRun: false, held, outcome, klaviyo: Object.values(klaviyo) })
      : output.line(`${heldText(held, false)}\n${outcome}`);
  });
}

/** An address is the person's everywhere; a key only in the connection that is named. */
async function personOf(
  ctx: Context,
  shopId: string,
  { text, options, scopes }: { text: string; options: EraseOptions; scopes: ConnectionScope[] },
): Promise<Person> {
  const email = readEmail(text);
  if ('email' in email) {
    return { emails: [email.email], phones: [], keys: [] };
  }
  const phone = text.trim().startsWith('+') ? repairPhone(text, 'AU') : null;
  if (phone !== null && 'e164' in phone) {
    return { emails: [], phones: [phone.e164], keys: [] };
  }
  const [scope] = scopes;
  if (options.connection === undefined || scope === undefined || text.includes('@') || phone !== null) {
    throw new AppError({
      code: 'wrong_use',
      retry: 'person',
      message: 'neither an address nor a key with its connection',
      hint: 'Name the person by a complete e-mail address, by a phone number with its country code (+61…), or by the key in Apparel21 together with --connection NAME.',
    });
  }
  const [known] = await ctx.db.sql(
    'SELECT id FROM customer WHERE shop_id = $1 AND connection_id = $2 AND external_id = $3',
    [shopId, scope.id, text.trim()],
  );
  if (known === undefined) {
    throw new AppError({
      code: 'unknown_person',
      retry: 'person',
      message: 'no customer with this key',
      hint: `"${scope.name}" has no customer with this key. Look for a typing mistake; an e-mail address works for people who are not here yet.`,
    });
  }
  return { emails: [], phones: [], keys: [{ connectionId: scope.id, key: text.trim() }] };
}

/** Works on it until it has ended; a worker may have been quicker to take it. */
async function workOff(
  ctx: Context,
  shopId: string,
  erasureId: string,
): Promise<{ outcome: string; klaviyo: KlaviyoParts; failed: boolean }> {
  await wakeErasures(ctx);
  for (;;) {
    const [task] = await ctx.db.sql<{
      id: string;
      status: string;
      outcome: string | null;
      klaviyo: KlaviyoParts;
    }>(
      `SELECT t.id, t.status, t.outcome, e.klaviyo FROM task t JOIN erasure e ON e.id::text = t.input->>'erasureId'
        WHERE t.shop_id = $1 AND t.kind = 'erase-person' AND e.id = $2 ORDER BY t.created_at DESC LIMIT 1`,
      [shopId, erasureId],
    );
    if (task !== undefined && (task.status === 'done' || task.status === 'failed')) {
      return { outcome: task.outcome ?? '', klaviyo: task.klaviyo, failed: task.status === 'failed' };
    }
    if (task !== undefined) {
      await runTask(ctx, shopId, { taskId: task.id, signal: AbortSignal.timeout(60_000) });
    }
    await ctx.clock.sleep(LOOK_MS);
  }
}

function heldText(held: HeldInConnection[], isDryRun: boolean): string {
  return held
    .map(
      ({ name, customers, orders, rewards, errors }) =>
        `${name}: ${isDryRun ? 'would remove' : 'removed'} ${customers} customers, ${orders} orders, ${rewards} rewards, ${errors} row problems`,
    )
    .join('\n');
}

/** Lets somebody who was erased come back. */
export function restorePerson(
  { output, exit }: CommandContext,
  address: string,
  options: { shop?: string },
): Promise<void> {
  return withSession(async ({ ctx }) => {
    const id = await findShop(ctx, options.shop);
    const [settings] = await ctx.db.sql<{ phoneCountry: string }>(
      'SELECT phone_country AS "phoneCountry" FROM shop_settings WHERE shop_id = $1',
      [id],
    );
    const shop = { id, phoneCountry: settings?.phoneCountry ?? 'AU' };
    const answer = await liftErasure(ctx, shop, { address, actor: ACTOR });
    if (!answer.ok) {
      exit(EXIT.needsPerson);
    }
    output.line(answer.ok ? `${answer.message}.` : (answer.problems[0]?.message ?? ''));
  });
}
