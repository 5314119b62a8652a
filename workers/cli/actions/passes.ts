import { AppError } from '#app/domain/errors.ts';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import type { ConnectionPass } from '#app/pipeline/sync-connection.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { shopStatus } from '#app/queries/shop-status.server.ts';
import { retryFailed } from '#app/services/retry-failed.server.ts';
import { balanceSheet } from '../balance-sheet.ts';
import type { PassOptions } from '../commands/sync.ts';
import type { CommandContext } from '../main.ts';
import { passVerdict, withPass } from '../pass-verdict.ts';
import { findShop, withSession, type Session } from '../session.ts';

const PUSH_ONLY = { intake: false, push: true };

/** One complete pass over a shop, or one connection of it. */
export function sync(context: CommandContext, options: PassOptions): Promise<void> {
  return withSession(async (session) => {
    const shopId = await findShop(session.ctx, options.shop);
    const passes = await syncShop(session.ctx, shopId, { connection: options.connection });
    await reportPass(session, context, shopId, options, passes);
  });
}

/** Sends what is pending, also when data sync is off. */
export function send(context: CommandContext, options: PassOptions): Promise<void> {
  return withSession(async (session) => {
    const shopId = await findShop(session.ctx, options.shop);
    const passes = await syncShop(session.ctx, shopId, {
      connection: options.connection,
      steps: PUSH_ONLY,
      force: true,
    });
    await reportPass(session, context, shopId, options, passes);
  });
}

/** Makes failed records pending and sends them. */
export function retry(context: CommandContext, options: PassOptions & { run?: string }): Promise<void> {
  return withSession(async (session) => {
    const shopId = await findShop(session.ctx, options.shop);
    const scopes = await loadConnections(session.ctx, shopId, options.connection);
    const count = await retryFailed(session.ctx, shopId, {
      connectionId: options.connection === undefined ? undefined : scopes[0]?.id,
      runId: options.run === undefined ? undefined : await knownRun(session, shopId, options.run),
      actor: 'command line',
    });
    context.output.note(`${count} failed records go again.`);
    const passes = await syncShop(session.ctx, shopId, {
      connection: options.connection,
      steps: PUSH_ONLY,
      force: true,
    });
    await reportPass(session, context, shopId, options, passes);
  });
}

/** A run is one import of one file: either id will do. */
async function knownRun({ ctx }: Session, shopId: string, run: string): Promise<string> {
  const [known] = await ctx.db.sql<{ id: string }>(
    'SELECT id FROM import_run WHERE shop_id = $1 AND (id::text = $2 OR file_id::text = $2)',
    [shopId, run.toLowerCase()],
  );
  if (known === undefined) {
    throw new AppError({
      code: 'wrong_use',
      retry: 'never',
      message: `no run ${run}`,
      hint: `There is no run with the id ${run}; "threadline status --json" shows them. Leave --run out to retry the failed records of every run.`,
    });
  }
  return known.id;
}

/** Prints what the shop holds after a pass and sets the exit code. */
export async function reportPass(
  { ctx }: Session,
  { output, exit }: CommandContext,
  shopId: string,
  options: { connection?: string; json?: boolean },
  passes: ConnectionPass[],
): Promise<void> {
  const status = withPass(await shopStatus(ctx, shopId, { connection: options.connection }), passes);
  exit(passVerdict(status, passes));
  if (options.json === true) {
    output.json(status);
    return;
  }
  output.line(balanceSheet(status, passes));
}
