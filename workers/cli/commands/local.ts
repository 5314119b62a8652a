import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { runDemo } from '#workers/local/demo/demo.ts';
import { generateExports } from '#workers/local/generate/index.ts';
import { parseGenerateOptions } from '#workers/local/generate/options.ts';
import { readAccountsFile, readFaultsFile } from '#workers/local/klaviyo/options.ts';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { startLocalSftp } from '#workers/local/sftp/server.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { untilStopped } from '../until-stopped.ts';

/** `demo`, `generate`, `klaviyo`, `sftp`: everything that a laptop needs instead of the real services. */
export function localCommands(program: Command, { output, exit }: CommandContext): void {
  program
    .command('demo')
    .description(
      'sample exports, a local SFTP server and a local Klaviyo, synced, and the app on http://localhost:3000',
    )
    .option('--once', 'exit after the sync')
    .option('--watch', 'pages straight from their sources, for developers')
    .action(async (options: { once?: boolean; watch?: boolean }) => {
      const balanced = await runDemo({
        output,
        once: options.once ?? false,
        watch: options.watch ?? false,
        untilStopped,
      });
      exit(balanced ? EXIT.done : EXIT.needsPerson);
    });

  program
    .command('generate')
    .description('deterministic, realistic Apparel21 exports')
    .requiredOption('--customers <count>')
    .requiredOption('--out <dir>')
    .option('--orders <count>', 'orders (of one to four lines)', '0')
    .option('--rewards <count>', '', '0')
    .option('--seed <number>', '', '1')
    .option(
      '--change <share>',
      "write the next day's full export, in which this share of the customers changed",
    )
    .option('--json', 'the exact numbers as one JSON document')
    .action(async (options: Record<string, string | undefined> & { json?: boolean }) => {
      const report = await generateExports(parseGenerateOptions(options));
      if (options.json === true) {
        output.json(report);
        return;
      }
      output.line(JSON.stringify(report, null, 2));
    });

  program
    .command('klaviyo')
    .description('the local Klaviyo: as strict as the real one, all in memory')
    .option('--port <port>', '', '4010')
    .option('--latency <ms>', 'added to every answer', '0')
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
      '\nGET /_state shows what the accounts hold (?summary=1: counts only), POST /_reset empties them.',
    )
    .action(
      async (options: {
        port: string;
        latency: string;
        limits: 'real' | 'off';
        accounts?: string;
        faults?: string;
      }) => {
        await using klaviyo = await startLocalKlaviyo({
          port: Number(options.port),
          latencyMs: Number(options.latency),
          limits: options.limits,
          ...(options.accounts === undefined ? {} : { accounts: readAccountsFile(options.accounts) }),
          ...(options.faults === undefined ? {} : { faults: readFaultsFile(options.faults) }),
        });
        output.line(`Local Klaviyo on ${klaviyo.url} (KLAVIYO_BASE_URL=${klaviyo.url}). Ctrl-C stops it.`);
        await untilStopped();
      },
    );

  program
    .command('sftp')
    .description('the local SFTP server')
    .option('--port <port>', '', '2222')
    .option('--root <dir>', 'what it serves', '.threadline/sftp')
    .option('--username <name>', '', 'apparel21')
    .option('--password <password>', 'for this server only', 'apparel21')
    .action(async (options: { port: string; root: string; username: string; password: string }) => {
      const root = resolve(options.root);
      mkdirSync(root, { recursive: true });
      await using sftp = await startLocalSftp({
        root,
        port: Number(options.port),
        username: options.username,
        password: options.password,
        hostKeyPath: `${root}.hostkey`,
      });
      output.line(
        `Local SFTP on 127.0.0.1:${sftp.port}, user ${options.username}, host key ${sftp.hostKey}. Ctrl-C stops it.`,
      );
      await untilStopped();
    });
}
