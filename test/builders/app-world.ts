import { startWorkers } from '#app/adapters/queue-workers.server.ts';
import { jobHandlers } from '#workers/jobs/handlers.ts';
import { silentLog } from './log.ts';
import { startTestWeb } from './web.ts';
import { createWorld, SHOP, type World, type WorldOptions } from './world.ts';

/** A world with the app on top: pages under `url` as the local shop sees them, and workers that do what is asked for. */
export type AppWorld = World & { url: string };

export async function createAppWorld(options: WorldOptions & { workers?: boolean } = {}): Promise<AppWorld> {
  const { workers: withWorkers = true, ...worldOptions } = options;
  const world = await createWorld(worldOptions);
  const web = await startTestWeb(world.ctx, { shopify: null, insecureLocalShop: SHOP });
  const workers = withWorkers
    ? await startWorkers(world.ctx, jobHandlers, {
        redisUrl: null,
        databaseUrl: world.config.databaseUrl,
        log: silentLog(),
        sweepEveryMs: 1_000,
      })
    : null;
  return {
    ...world,
    url: web.url,
    async [Symbol.asyncDispose]() {
      await workers?.close();
      await web.close();
      await world[Symbol.asyncDispose]();
    },
  };
}
