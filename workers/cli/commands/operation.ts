import type { Command } from 'commander';
import type { CommandContext } from '../main.ts';
import { portOption, withJson } from './options.ts';

/** `doctor`, `serve`, `work`, `migrate` and `rekey`: running Threadline. */
export function operationCommands(program: Command, context: CommandContext): void {
  withJson(
    program
      .command('doctor')
      .description(
        'check database, clock, queue, encryption keys, disk, workers, SFTP folders, Klaviyo keys and scopes; one line each with the remedy',
      )
      .option('--shop <domain>', 'one shop; all shops by default'),
  )
    .addHelpText(
      'after',
      '\n"look" marks what works and should be looked at all the same.\nExit codes: 0 all is fine; 1 something must be mended; 3 the only trouble is a service that does not answer.',
    )
    .action(async (options: { shop?: string; json?: boolean }) => {
      const { doctor } = await import('../actions/doctor.ts');
      await doctor(context, options);
    });
  program
    .command('serve')
    .description('the web server: the embedded app, webhooks, /healthz, /readyz, /metrics')
    .addOption(portOption(null))
    .option('--host <address>', 'on which it listens; HOST in the environment by default')
    .addHelpText(
      'after',
      '\nWants a build of the pages (npm run build) and the variables SHOPIFY_*; see the README.',
    )
    .action(async (options: { port?: number; host?: string }) => {
      const { serve } = await import('../actions/processes.ts');
      await serve(context, options);
    });
  program
    .command('work')
    .description('a worker: takes files in and sends records for every shop, until it is stopped')
    .addHelpText(
      'after',
      `
Each shop is looked at every automation.pollSeconds of its shop.yaml. SIGTERM lets what is under way end first; a second
one, or a kill, loses nothing either: the next worker goes on. With --port, or METRICS_PORT in the environment, it answers
/healthz, /readyz and /metrics there.`,
    )
    .addOption(portOption(null))
    .action(async (options: { port?: number }) => {
      const { work } = await import('../actions/processes.ts');
      await work(context, options);
    });
  withJson(
    program
      .command('migrate')
      .description('bring the database up to date and stop; every other command does it at its start, too')
      .option('--dry-run', 'only say what is missing; exit code 1 when something is'),
  )
    .addHelpText(
      'after',
      `
For deployments in which only this command may change the schema: run it first, and start the others with
THREADLINE_MIGRATIONS=check. Migrations run under a lock, one at a time, and only add: the release before works on beside
the new one.`,
    )
    .action(async (options: { dryRun?: boolean; json?: boolean }) => {
      const { migrateDatabase } = await import('../actions/migrate.ts');
      await migrateDatabase(context, options);
    });
  withJson(
    program
      .command('rekey')
      .description('seal every stored secret with the first of THREADLINE_ENCRYPTION_KEYS')
      .option('--dry-run', 'only count'),
  )
    .addHelpText(
      'after',
      `
Put a new key second and restart everything, then put it first and restart everything, then run this, then remove the old
key. It may be stopped and started again at any point. Exit code 1: some secrets cannot be opened with any key.`,
    )
    .action(async (options: { dryRun?: boolean; json?: boolean }) => {
      const { rekey } = await import('../actions/rekey.ts');
      await rekey(context, options);
    });
}
