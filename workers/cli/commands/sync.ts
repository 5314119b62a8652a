import type { Command } from 'commander';
import type { CommandContext } from '../main.ts';
import { withConnection, withJson, withShop } from './options.ts';

export type PassOptions = { shop?: string; connection?: string; json?: boolean };

/** `sync`, `send`, `retry` and `consent`: passes over a shop's connections, in this process. */
export function syncCommands(program: Command, context: CommandContext): void {
  passCommand(program, 'sync', 'one complete pass now: discover, import, send, confirm, archive')
    .addHelpText(
      'after',
      `
Returns when every record of the pass is settled. Exit codes: 0 all went; 1 a held or unrecognised file, failed records
or a refused key needs a person; 3 SFTP or Klaviyo does not answer (nothing is lost: run it again).`,
    )
    .action(async (options: PassOptions) => {
      const { sync } = await import('../actions/passes.ts');
      await sync(context, options);
    });
  passCommand(program, 'send', 'send what is pending (for shops whose data sync is off)').action(
    async (options: PassOptions) => {
      const { send } = await import('../actions/passes.ts');
      await send(context, options);
    },
  );
  passCommand(program, 'retry', 'send failed records again')
    .option(
      '--run <id>',
      'only the records of this run, or of this file; "threadline status --json" shows the ids',
    )
    .action(async (options: PassOptions & { run?: string }) => {
      const { retry } = await import('../actions/passes.ts');
      await retry(context, options);
    });
  passCommand(program, 'consent', 'write who left in Klaviyo as a file for Apparel21, now')
    .addHelpText(
      'after',
      `
Asks Klaviyo who unsubscribed since the last time and writes consent_{datetime}.csv into /outbound of the connection on the
SFTP server, for Apparel21 to import; also for connections whose consentBack is off. When nobody left, there is no file.
Exit codes: 0 done; 1 a refused key or a paused connection needs a person; 3 SFTP or Klaviyo does not answer (nobody is
forgotten: run it again).`,
    )
    .action(async (options: PassOptions) => {
      const { consent } = await import('../actions/consent.ts');
      await consent(context, options);
    });
}

function passCommand(program: Command, name: string, description: string): Command {
  return withJson(withConnection(withShop(program.command(name).description(description))));
}
