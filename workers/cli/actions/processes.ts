import { readConfig } from '#app/config.server.ts';
import type { Metrics } from '#workers/operations/metrics.ts';
import type { CommandContext } from '../main.ts';
import { openSession, type Session } from '../session.ts';
import { endInTime, untilStopped } from '../stopping.ts';

/** The web server, until the process is asked to stop. */
export async function serve(
  { output }: CommandContext,
  options: { port?: number; host?: string },
): Promise<void> {
  const given = { ...process.env, ...(options.host === undefined ? {} : { HOST: options.host }) };
  const config = readConfig(given, { serve: true });
  const [{ startWeb }, { createMetrics }] = await Promise.all([
    import('#workers/web/server.ts'),
    import('#workers/operations/metrics.ts'),
  ]);
  const metrics = createMetrics();
  const session = await openSession(config, { meter: metrics.meter });
  try {
    const { host } = config;
    const web = await startWeb({
      ctx: session.ctx,
      config,
      port: options.port ?? config.port,
      host,
      metrics,
    });
    output.line(`Threadline on ${web.url}. Ctrl-C stops it.`);
    await untilStopped();
    endInTime(output, 'Requests were still under way after 18 s: they were cut off.');
    await web.close();
  } finally {
    await session.close();
  }
}

/** A worker, until the process is asked to stop; what is under way ends first. */
export async function work({ output }: CommandContext, options: { port?: number } = {}): Promise<void> {
  const config = readConfig();
  const [{ startWorkers }, { jobHandlers }, { observed }, { createMetrics }] = await Promise.all([
    import('#app/adapters/queue-workers.server.ts'),
    import('#workers/jobs/handlers.ts'),
    import('#workers/jobs/observed.ts'),
    import('#workers/operations/metrics.ts'),
  ]);
  const metrics = createMetrics();
  const session = await openSession(config, { meter: metrics.meter });
  try {
    const { ctx, databaseUrl } = session;
    const port = options.port ?? config.metricsPort;
    const probes = port === null ? null : await openProbes(session, metrics, port);
    const workers = await startWorkers(ctx, observed(jobHandlers, metrics.jobEnded), {
      redisUrl: config.redisUrl,
      databaseUrl,
      log: ctx.log,
      sweepEveryMs: 5_000,
    });
    output.line(`Threadline works. Ctrl-C stops it.${probes === null ? '' : ` Probes on ${probes.url}.`}`);
    await untilStopped();
    endInTime(
      output,
      'Work was still under way after 18 s: it was left as a kill leaves it, and another worker goes on with it.',
    );
    await workers.close();
    await probes?.close();
  } finally {
    await session.close();
  }
}

/** This port is for the operator's own network; nobody has to publish it. */
async function openProbes({ ctx, config }: Session, metrics: Metrics, port: number) {
  const { startProbes } = await import('#workers/operations/probe-server.ts');
  const access = { token: config.metricsToken, openWithoutToken: true };
  return startProbes({ ctx, metrics, access, port, host: config.host });
}
