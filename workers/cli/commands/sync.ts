import type { Command } from 'commander';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import type { ConnectionPass } from '#app/pipeline/sync-connection.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { shopStatus, type ShopStatus } from '#app/queries/shop-status.server.ts';
import { retryFailed } from '#app/services/retry-failed.server.ts';
import { balanceSheet } from '../balance-sheet.ts';
import type { CommandContext } from '../main.ts';
import { passVerdict, withPass } from '../pass-verdict.ts';
import { findShop, withSession, type Session } from '../session.ts';

type PassOptions = { shop?: string; connection?: string; json?: boolean; run?: string };

/** `sync`, `send` and `retry`: passes over a shop's connections, in this process. */
export function syncCommands(program: Command, context: CommandContext): void {
  passCommand(program, 'sync', 'one complete pass now: discover, import, send, confirm, archive').action(
    (options: PassOptions) =>
      withSession(async (session) => {
        const shopId = await findShop(session.ctx, options.shop);
        const passes = await syncShop(session.ctx, shopId, { connection: options.connection });
        await report(session, context, shopId, options, passes);
      }),
  );
  passCommand(program, 'send', 'send what is pending (for shops whose data sync is off)').action(
    (options: PassOptions) =>
      withSession(async (session) => {
        const shopId = await findShop(session.ctx, options.shop);
        const passes = await syncShop(session.ctx, shopId, {
          connection: options.connection,
          steps: { intake: false, push: true },
          force: true,
        });
        await report(session, context, shopId, options, passes);
      }),
  );
  passCommand(program, 'retry', 'send failed records again')
    .option('--run <id>', 'only the records of this run')
    .action((options: PassOptions) =>
      withSession(async (session) => {
        const shopId = await findShop(session.ctx, options.shop);
        const scopes = await loadConnections(session.ctx, shopId, options.connection);
        const only = options.connection === undefined ? undefined : scopes[0]?.id;
        const count = await retryFailed(session.ctx, shopId, {
          connectionId: only,
          runId: options.run,
          actor: 'command line',
        });
        context.output.note(`${count} failed records go again.`);
        const passes = await syncShop(session.ctx, shopId, {
          connection: options.connection,
          steps: { intake: false, push: true },
          force: true,
        });
        await report(session, context, shopId, options, passes);
      }),
    );
}

function passCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--shop <domain>', 'the shop; may be left out when there is one')
    .option('--connection <name>', 'one connection only')
    .option('--json', 'one JSON document on stdout');
}

async function report(
  session: Session,
  { output, exit }: CommandContext,
  shopId: string,
  options: PassOptions,
  passes: ConnectionPass[],
): Promise<void> {
  const status: ShopStatus = withPass(
    await shopStatus(session.ctx, shopId, { connection: options.connection }),
    passes,
  );
  exit(passVerdict(status, passes));
  if (options.json === true) {
    output.json(status);
    return;
  }
  output.line(balanceSheet(status, passes));
}
