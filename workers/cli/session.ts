import type { Context, Meter } from '#app/context.ts';
import { environmentForShopFile, readConfig, secretsOf, type Config } from '#app/config.server.ts';
import { openLog } from '#app/adapters/log.server.ts';
import { openContext } from '#app/context.server.ts';
import { AppError } from '#app/domain/errors.ts';
import { createProgressView } from './progress.ts';

export type Session = { ctx: Context; config: Config; databaseUrl: string; close(): Promise<void> };

export { environmentForShopFile };

/** Opens everything that a command needs; without DATABASE_URL it starts or joins the embedded database first. */
export async function openSession(
  config: Config = readConfig(),
  { meter }: { meter?: Meter } = {},
): Promise<Session> {
  const progress = createProgressView();
  const log = openLog({ level: config.logLevel, format: config.logFormat, secrets: secretsOf(config) });
  const embedded = config.databaseUrl === null ? await joinEmbedded(config.dataDir, log) : null;
  const databaseUrl = config.databaseUrl ?? embedded?.url ?? '';
  try {
    const { ctx, close } = await openContext(
      { ...config, databaseUrl },
      {
        log,
        meter,
        onProgress: (step) => progress.show(step),
      },
    );
    return {
      ctx,
      config,
      databaseUrl,
      close: async () => {
        progress.stop();
        await close();
        await embedded?.leave();
      },
    };
  } catch (error) {
    await embedded?.leave();
    throw error;
  }
}

/** Runs `work` on the address of the database, started or joined first where it is the embedded one. Opens nothing else. */
export async function withDatabase<Result>(
  config: Config,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  if (config.databaseUrl !== null) {
    return work(config.databaseUrl);
  }
  const log = openLog({ level: config.logLevel, format: config.logFormat, secrets: secretsOf(config) });
  const embedded = await joinEmbedded(config.dataDir, log);
  try {
    return await work(embedded.url);
  } finally {
    await embedded.leave();
  }
}

async function joinEmbedded(dataDir: string, log: Context['log']) {
  const { joinEmbeddedPostgres } = await import('#workers/local/postgres/embedded.ts');
  return joinEmbeddedPostgres(dataDir, { log });
}

/** Runs `work` in a session that is closed whatever happens. */
export async function withSession<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
  const session = await openSession();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** The id of the shop of that domain. Without a domain: the only shop there is. */
export async function findShop(ctx: Context, domain: string | undefined): Promise<string> {
  const shops = await ctx.db.sql<{ id: string; domain: string }>(
    'SELECT id, domain FROM shop WHERE uninstalled_at IS NULL AND ($1::text IS NULL OR domain = $1) ORDER BY domain LIMIT 2',
    [domain ?? null],
  );
  const [shop] = shops;
  if (shop === undefined || shops.length > 1) {
    throw new AppError({
      code: 'unknown_shop',
      retry: 'person',
      message: `shop ${domain ?? '(none given)'}`,
      hint:
        shop === undefined
          ? `There is no shop ${domain ?? 'yet'}. Create it with: threadline apply shop.yaml`
          : 'There are several shops: say which with --shop DOMAIN.',
    });
  }
  return shop.id;
}
