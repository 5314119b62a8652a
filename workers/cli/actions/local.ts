import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import type { KlaviyoOptions, SftpOptions } from '../commands/local.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { untilStopped } from '../stopping.ts';

/** The whole of Threadline on one machine. */
export async function demo(
  { output, exit }: CommandContext,
  options: { once?: boolean; watch?: boolean },
): Promise<void> {
  const { runDemo } = await import('#workers/local/demo/demo.ts');
  const balanced = await runDemo({
    output,
    once: options.once ?? false,
    watch: options.watch ?? false,
    untilStopped,
  });
  exit(balanced ? EXIT.done : EXIT.needsPerson);
}

/** Writes one day's Apparel21 exports and prints exactly what they hold. */
export async function generate(
  { output }: CommandContext,
  options: Record<string, string> & { json?: boolean },
): Promise<void> {
  const [{ generateExports }, { parseGenerateOptions }] = await Promise.all([
    import('#workers/local/generate/index.ts'),
    import('#workers/local/generate/options.ts'),
  ]);
  const { json, ...flags } = options;
  const report = await generateExports(parseGenerateOptions(flags));
  if (json === true) {
    output.json(report);
    return;
  }
  report.files.forEach((file) => output.line(`${file.path}: ${file.rows.toLocaleString('en')} rows`));
  for (const kind of ['customers', 'orders', 'rewards'] as const) {
    const { dirty, ...counts } = { dirty: {}, ...report[kind] };
    output.line(
      `  ${kind}: ${words(counts)}${Object.keys(dirty).length > 0 ? `; dirty: ${words(dirty)}` : ''}`,
    );
  }
}

/** The local Klaviyo, until the process is asked to stop. */
export async function klaviyo({ output }: CommandContext, options: KlaviyoOptions): Promise<void> {
  const [{ startLocalKlaviyo }, { readAccountsFile, readFaultsFile }] = await Promise.all([
    import('#workers/local/klaviyo/server.ts'),
    import('#workers/local/klaviyo/options.ts'),
  ]);
  const { port, latency, limits, accounts, faults } = options;
  const given = {
    port,
    latencyMs: latency,
    limits,
    ...(accounts === undefined ? {} : { accounts: readAccountsFile(accounts) }),
    ...(faults === undefined ? {} : { faults: readFaultsFile(faults) }),
  };
  await using started = await onPort(port, () => startLocalKlaviyo(given));
  output.line(`Local Klaviyo on ${started.url} (KLAVIYO_BASE_URL=${started.url}). Ctrl-C stops it.`);
  await untilStopped();
}

/** The local SFTP server, until the process is asked to stop. */
export async function sftp({ output }: CommandContext, options: SftpOptions): Promise<void> {
  const { startLocalSftp } = await import('#workers/local/sftp/server.ts');
  const { port, username, password } = options;
  const root = resolve(options.root);
  mkdirSync(root, { recursive: true });
  await using started = await onPort(port, () =>
    startLocalSftp({ root, port, username, password, hostKeyPath: `${root}.hostkey` }),
  );
  output.line(
    `Local SFTP on 127.0.0.1:${started.port}, user ${username}, host key ${started.hostKey}. Ctrl-C stops it.`,
  );
  await untilStopped();
}

async function onPort<Server>(port: number, start: () => Promise<Server>): Promise<Server> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') {
      throw error;
    }
    throw new AppError({
      code: 'port_taken',
      retry: 'person',
      message: `port ${port} is taken`,
      hint: `Another program uses port ${port}. Stop it, or choose another with --port.`,
      cause: error,
    });
  }
}

/** `2,000 rows, 20 changed, 3 shared email` of a report's numbers. */
function words(counts: object): string {
  return Object.entries(counts)
    .filter(([, count]) => typeof count === 'number')
    .map(([name, count]) => {
      const word = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
      return `${Number(count).toLocaleString('en')} ${word}`;
    })
    .join(', ');
}
