import type { Command } from 'commander';
import { readConfig } from '#app/config.server.ts';
import { checkShop, type Check } from '#app/services/check-shop.server.ts';
import { startWorkers } from '#app/adapters/queue-workers.server.ts';
import { jobHandlers } from '#workers/jobs/handlers.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { openSession, withSession } from '../session.ts';
import { untilStopped } from '../until-stopped.ts';

/** `doctor`, `serve` and `work`: running Threadline. */
export function operationCommands(program: Command, { output, exit }: CommandContext): void {
  program
    .command('doctor')
    .description(
      'check database, queue, SFTP folders, Klaviyo keys and scopes; one line each with the remedy',
    )
    .option('--shop <domain>', 'one shop; all shops by default')
    .option('--json', 'one JSON document')
    .action((options: { shop?: string; json?: boolean }) =>
      withSession(async ({ ctx }) => {
        const shops = await ctx.db.sql<{ id: string; domain: string }>(
          'SELECT id, domain FROM shop WHERE uninstalled_at IS NULL AND ($1::text IS NULL OR domain = $1) ORDER BY domain',
          [options.shop ?? null],
        );
        const checks: Check[] = [
          {
            subject: 'database',
            isFine: true,
            message: 'answers, schema is up to date',
            isUnreachable: false,
          },
          await checkQueue(() => ctx.queue.isReady()),
        ];
        if (options.shop !== undefined && shops.length === 0) {
          checks.push({
            subject: options.shop,
            isFine: false,
            message: `there is no such shop. Create it with: threadline apply shop.yaml`,
            isUnreachable: false,
          });
        }
        for (const shop of shops) {
          checks.push(...(await checkShop(ctx, shop.id)));
        }
        if (options.json === true) {
          output.json({ checks });
        } else {
          checks.forEach((check) =>
            output.line(`${check.isFine ? 'ok  ' : 'FAIL'} ${check.subject}: ${check.message}`),
          );
        }
        const failed = checks.filter((check) => !check.isFine);
        if (failed.length > 0) {
          exit(failed.every((check) => check.isUnreachable) ? EXIT.unreachable : EXIT.needsPerson);
        }
      }),
    );

  program
    .command('serve')
    .description('the web server: the embedded app, webhooks, /healthz, /readyz, /metrics')
    .option('--port <port>')
    .option('--host <address>')
    .action(async (options: { port?: string; host?: string }) => {
      const config = readConfig(process.env, { serve: true });
      // Loaded here: it costs a second that no other command should pay.
      const { startWeb } = await import('#workers/web/server.ts');
      const session = await openSession(config);
      try {
        const web = await startWeb({
          ctx: session.ctx,
          config,
          port: options.port === undefined ? config.port : Number(options.port),
          host: options.host ?? config.host,
        });
        output.line(`Threadline on ${web.url}. Ctrl-C stops it.`);
        await untilStopped();
        await web.close();
      } finally {
        await session.close();
      }
    });

  program
    .command('work')
    .description('a worker: takes files in and sends records for every shop, until it is stopped')
    .action(() =>
      withSession(async ({ ctx, config, databaseUrl }) => {
        const workers = await startWorkers(ctx, jobHandlers, {
          redisUrl: config.redisUrl,
          databaseUrl,
          log: ctx.log,
          sweepEveryMs: 5_000,
        });
        output.line('Threadline works. Ctrl-C stops it.');
        await untilStopped();
        await workers.close();
      }),
    );
}

async function checkQueue(isReady: () => Promise<boolean>): Promise<Check> {
  const isFine = await isReady().catch(() => false);
  return {
    subject: 'queue',
    isFine,
    message: isFine
      ? 'answers'
      : 'does not answer. Check REDIS_URL, or leave it unset to keep the queues in the database.',
    isUnreachable: !isFine,
  };
}
