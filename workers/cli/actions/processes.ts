import { readConfig } from '#app/config.server.ts';
import type { CommandContext } from '../main.ts';
import { openSession, withSession } from '../session.ts';
import { endInTime, untilStopped } from '../stopping.ts';

/** The web server, until the process is asked to stop. */
export async function serve(
  { output }: CommandContext,
  options: { port?: number; host?: string },
): Promise<void> {
  const given = { ...process.env, ...(options.host === undefined ? {} : { HOST: options.host }) };
  const config = readConfig(given, { serve: true });
  const { startWeb } = await import('#workers/web/server.ts');
  const session = await openSession(config);
  try {
    const { host } = config;
    const web = await startWeb({ ctx: session.ctx, config, port: options.port ?? config.port, host });
    output.line(`Threadline on ${web.url}. Ctrl-C stops it.`);
    await untilStopped();
    endInTime(output, 'Requests were still under way after 18 s: they were cut off.');
    await web.close();
  } finally {
    await session.close();
  }
}

/** A worker, until the process is asked to stop; what is under way ends first, or is handed back to other workers. */
export function work({ output }: CommandContext): Promise<void> {
  return withSession(async ({ ctx, config, databaseUrl }) => {
    const [{ startWorkers }, { jobHandlers }] = await Promise.all([
      import('#app/adapters/queue-workers.server.ts'),
      import('#workers/jobs/handlers.ts'),
    ]);
    const workers = await startWorkers(ctx, jobHandlers, {
      redisUrl: config.redisUrl,
      databaseUrl,
      log: ctx.log,
      sweepEveryMs: 5_000,
    });
    output.line('Threadline works. Ctrl-C stops it.');
    await untilStopped();
    endInTime(
      output,
      'Work was still under way after 18 s: it was left as a kill leaves it, and another worker goes on with it.',
    );
    await workers.close();
  });
}
