import { Option, type Command } from 'commander';
import { GENERATE_FLAGS } from '#workers/local/generate/flags.ts';
import type { CommandContext } from '../main.ts';
import { portOption, share, wholeNumber, withJson } from './options.ts';

export type KlaviyoOptions = {
  port: number;
  latency: number;
  limits: 'real' | 'off';
  accounts?: string;
  faults?: string;
};
export type BenchFlags = {
  customers: number;
  orders: number;
  rewards: number;
  change: number;
  json?: boolean;
};
export type SftpOptions = { port: number; root: string; username: string; password: string };

/** `demo`, `generate`, `bench`, `klaviyo`, `sftp`: everything that a laptop needs instead of the real services. */
export function localCommands(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description(
      'sample exports, a local SFTP server and a local Klaviyo, synced, and the app on http://localhost:3000',
    )
    .option('--once', 'exit after the sync')
    .option('--watch', 'pages straight from their sources, for developers')
    .action(async (options: { once?: boolean; watch?: boolean }) => {
      const { demo } = await import('../actions/local.ts');
      await demo(context, options);
    });
  generateCommand(program, context);
  benchCommand(program, context);
  klaviyoCommand(program, context);
  program
    .command('sftp')
    .description('the local SFTP server')
    .addOption(portOption(2222))
    .option('--root <dir>', 'what it serves; made when missing', '.threadline/sftp')
    .option('--username <name>', 'who may log in', 'apparel21')
    .option('--password <password>', 'for this server only', 'apparel21')
    .action(async (options: SftpOptions) => {
      const { sftp } = await import('../actions/local.ts');
      await sftp(context, options);
    });
}

function generateCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('generate')
    .description('deterministic, realistic Apparel21 exports, dirty rows included');
  GENERATE_FLAGS.forEach(([flags, description]) => command.option(flags, description));
  withJson(command)
    .addHelpText(
      'after',
      `
A first day:       threadline generate --customers 2000 --orders 400 --rewards 100 --out DIR
The day after it:  threadline generate --change 0.01 --out DIR   (what is left out stays as it was)
Prints exactly how many rows are new, changed and dirty. The e-mail addresses lie under .example: nobody is harmed.`,
    )
    .action(async (options: Record<string, string> & { json?: boolean }) => {
      const { generate } = await import('../actions/local.ts');
      await generate(context, options);
    });
}

function benchCommand(program: Command, context: CommandContext): void {
  const many = wholeNumber(0, 50_000_000);
  withJson(
    program
      .command('bench')
      .description('the benchmark: two days of exports from SFTP to a local Klaviyo with real limits')
      .option('--customers <n>', 'of the customers file', wholeNumber(1, 50_000_000), 20_000)
      .option('--orders <n>', 'of each day', many, 4_000)
      .option('--rewards <n>', 'of each day', many, 1_000)
      .option('--change <share>', 'customers who change from one day to the next', share, 0.01),
  )
    .addHelpText(
      'after',
      `
Everything it needs it starts itself, in a folder of its own that is deleted at the end. Seconds are this machine's; the ratios
have both sides from the same run. What they mean, and figures of one machine: BENCHMARKS.md.
Exit codes: 0 everything arrived; 1 something was lost or held.`,
    )
    .action(async (flags: BenchFlags) => {
      const { bench } = await import('../actions/bench.ts');
      await bench(context, flags);
    });
}

function klaviyoCommand(program: Command, context: CommandContext): void {
  program
    .command('klaviyo')
    .description('the local Klaviyo: as strict as the real one, all in memory')
    .addOption(portOption(4010))
    .option('--latency <ms>', 'added to every answer', wholeNumber(0, 600_000), 0)
    .addOption(
      new Option('--limits <limits>', "Klaviyo's rate limits").choices(['real', 'off']).default('real'),
    )
    .option(
      '--accounts <file>',
      'JSON: accounts with their keys and scopes; without it one account with the key pk_local',
    )
    .option('--faults <file>', 'JSON: what goes wrong, where and how often')
    .addHelpText(
      'after',
      `
GET /_state shows what the accounts hold (?summary=1: counts only), POST /_reset empties them.
An accounts file: [{"id": "AU1", "name": "Australia", "keys": [{"key": "pk_au", "scopes": ["*"]}]}]`,
    )
    .action(async (options: KlaviyoOptions) => {
      const { klaviyo } = await import('../actions/local.ts');
      await klaviyo(context, options);
    });
}
