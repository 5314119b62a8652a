import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '#app/config.server.ts';
import { parseShopFile } from '#app/domain/shop-file.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { shopStatus, type ShopStatus } from '#app/queries/shop-status.server.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import { openSession, type Session } from '#workers/cli/session.ts';
import { generateExports, type GeneratedFiles } from '#workers/local/generate/index.ts';
import { askKlaviyo, type KlaviyoTraffic } from './klaviyo-traffic.ts';
import type { BenchReport, DayFigures } from './figures.ts';
import { startProgram } from './local-programs.ts';

/** An export in which nothing changed is a duplicate. */
const FINISHED = ['archived', 'duplicate'];
const SHOP = 'bench.myshopify.com';
const ENVIRONMENT = { SFTP_PASSWORD: 'bench-only', KLAVIYO_KEY: 'pk_local' };

export type BenchOptions = {
  customers: number;
  orders: number;
  rewards: number;
  /** Share of the customers that changes from one export to the next. */
  change: number;
  /** What is being done, for who waits. */
  say(text: string): void;
};

/**
 * Two days of exports through the whole path, from an SFTP server to a local Klaviyo with Klaviyo's own limits, each in a
 * process of its own, on an embedded database; nothing of it outlives the run. What it proves are the ratios: seconds are this
 * machine's. Errors: AppErrors of the services, `bench_failed`.
 */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const directory = await mkdtemp(path.join(tmpdir(), 'threadline-bench-'));
  try {
    return await benchIn(directory, options);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function benchIn(directory: string, options: BenchOptions): Promise<BenchReport> {
  const { customers, orders, rewards, change, say } = options;
  const root = path.join(directory, 'sftp');
  const outDir = path.join(root, 'pending', 'au');
  await mkdir(outDir, { recursive: true });
  const machine = {
    node: process.versions.node,
    cores: availableParallelism(),
    load: loadavg()[0] ?? 0,
  };
  say(`Writing exports: ${customers} customers, ${orders} orders, ${rewards} rewards…`);
  const files = await generateExports({ outDir, customers, orders, rewards, seed: 1 });
  await using klaviyo = await startProgram(['klaviyo', '--port', '0', '--limits', 'real']);
  await using sftp = await startProgram([
    ...['sftp', '--port', '0', '--root', root, '--username', 'bench'],
    ...['--password', ENVIRONMENT.SFTP_PASSWORD],
  ]);
  const url = /http:\/\/\S+:\d+/.exec(klaviyo.greeting)?.[0] ?? '';
  const session = await openSession({
    ...readConfig({
      THREADLINE_DATA_DIR: path.join(directory, 'data'),
      // The exports are whole: nothing is gained by watching whether they grow.
      THREADLINE_SETTLE_MS: '0',
      LOG_LEVEL: 'silent',
    }),
    klaviyoBaseUrl: url,
  });
  try {
    const shopId = await applyShop(session, sftp.greeting);
    const place = { session, shopId, url };
    say('Reading the customers file alone, twice…');
    const reading = await readAlone(session, files);
    const first = await runDay(place, { name: 'the first export', files, say });
    const next = await generateExports({ outDir, change, orders, rewards });
    const second = await runDay(place, { name: 'the export of the next day', files: next, say });
    const traffic = await askKlaviyo(url);
    return {
      ...{ customers, orders, rewards, change, machine },
      readingSeconds: reading.seconds,
      readingRows: reading.rows,
      ...{ first, second },
      windows: traffic.windows,
      memoryMb: Math.round(process.resourceUsage().maxRSS / 1_024),
      problems: problemsIn(await shopStatus(session.ctx, shopId), traffic),
    };
  } finally {
    await session.close();
  }
}

async function applyShop({ ctx }: Session, greeting: string): Promise<string> {
  const port = /:(\d+),/.exec(greeting)?.[1] ?? '';
  const hostKey = /SHA256:[^\s.]+/.exec(greeting)?.[0] ?? '';
  const file = parseShopFile(
    `shop: ${SHOP}
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: ${port}, username: bench, password: '\${SFTP_PASSWORD}', hostKey: '${hostKey}' }
connections:
  - { name: Klaviyo AU, apiKey: '\${KLAVIYO_KEY}', directory: /pending/au, list: Retail Customers }
`,
    ENVIRONMENT,
  );
  if (!file.ok) {
    throw new Error(`the shop of the benchmark is not valid: ${JSON.stringify(file.problems)}`);
  }
  const { shopId } = await applyShopFile(ctx, file.config, { actor: 'bench', dryRun: false });
  return shopId ?? '';
}

/** The CSV reader on the customers file and nothing else: what every row costs at the very least. The better of two. */
async function readAlone(
  { ctx }: Session,
  { files }: GeneratedFiles,
): Promise<{ seconds: number; rows: number }> {
  const file = files.find(({ kind }) => kind === 'customers');
  if (file === undefined) {
    return { seconds: 0, rows: 0 };
  }
  const seconds: number[] = [];
  let rows = 0;
  for (let round = 0; round < 2; round += 1) {
    rows = 0;
    seconds.push(
      await secondsOf(async () => {
        const format = await ctx.csv.sniff(file.path, file.name);
        await ctx.csv.read(file.path, format, (some) => {
          rows += some.length;
        });
      }),
    );
  }
  return { seconds: Math.min(...seconds), rows };
}

type Place = { session: Session; shopId: string; url: string };

async function runDay(
  { session: { ctx }, shopId, url }: Place,
  { name, files, say }: { name: string; files: GeneratedFiles; say(text: string): void },
): Promise<DayFigures> {
  const names = files.files.map((file) => file.name);
  const before = await askKlaviyo(url);
  say(`Taking in ${name}…`);
  const intakeSeconds = await secondsOf(() =>
    syncShop(ctx, shopId, { steps: { intake: true, push: false } }),
  );
  say(`Sending ${name} under Klaviyo's limits…`);
  let passes: Awaited<ReturnType<typeof syncShop>> = [];
  const sendSeconds = await secondsOf(async () => {
    passes = await syncShop(ctx, shopId, { steps: { intake: false, push: true } });
  });
  const after = await askKlaviyo(url);
  const status = await shopStatus(ctx, shopId);
  const rows = status.connections
    .flatMap((connection) => connection.files)
    .filter((file) => names.includes(file.name))
    .map((file) => file.rows);
  return {
    rows: rows.reduce((sum, { read }) => sum + read, 0),
    news: rows.reduce((sum, { created, changed }) => sum + created + changed, 0),
    intakeSeconds,
    sendSeconds,
    requests: after.requests - before.requests,
    throttled: after.throttled - before.throttled,
    sent: passes[0]?.sent ?? { profiles: 0, subscribes: 0, unsubscribes: 0, events: 0 },
  };
}

/** A benchmark that loses something measures nothing. */
function problemsIn(status: ShopStatus, klaviyo: KlaviyoTraffic): string[] {
  const [connection] = status.connections;
  const open = Object.entries(connection?.records ?? {}).flatMap(([kind, { pending, sending }]) =>
    pending + sending > 0 ? [`${pending + sending} ${kind} were not sent.`] : [],
  );
  const files = (connection?.files ?? []).flatMap(({ name, status: state, balanced }) =>
    balanced && FINISHED.includes(state)
      ? []
      : [`${name} is ${state}${balanced ? '' : ', and its balance does not close'}.`],
  );
  const alerts = status.alerts.map(({ message }) => message);
  return [
    ...files,
    ...open,
    ...alerts,
    ...(klaviyo.duplicateEvents > 0 ? [`Klaviyo got ${klaviyo.duplicateEvents} events twice.`] : []),
  ];
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}
