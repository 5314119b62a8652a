import { basename } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '#app/domain/errors.ts';
import { parseFileName } from '#app/domain/file-name.ts';
import { RECORD_KINDS, type RecordKind } from '#app/domain/records.ts';
import { estimateFile } from '#app/pipeline/estimate-file.ts';
import { loadConnections, type ConnectionScope } from '#app/pipeline/load-connections.ts';
import { previewLocalFile } from '#app/pipeline/preview-local-file.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { shopStatus } from '#app/queries/shop-status.server.ts';
import { discardFile, releaseFile, startBulkFiles } from '#app/services/decide-file.server.ts';
import { balanceSheet } from '../balance-sheet.ts';
import type { CommandContext } from '../main.ts';
import { passVerdict, withPass } from '../pass-verdict.ts';
import { previewText } from '../preview-text.ts';
import { findShop, withSession, type Session } from '../session.ts';

type FileOptions = { shop?: string; connection?: string; json?: boolean; limit: string; kind?: string };

const ACTOR = 'command line';

/** `preview`, `estimate`, `bulk`, `release`, `discard`: what a person does with files. */
export function fileCommands(program: Command, context: CommandContext): void {
  const { output } = context;
  onLocalFile(program, 'preview', 'dry run of a local file: exactly what it would do; sends nothing')
    .option('--limit <count>', 'samples of each kind', '20')
    .action((csv: string, options: FileOptions) =>
      withSession(async (session) => {
        const scope = await oneConnection(session, options);
        const report = await previewLocalFile(session.ctx, {
          scope,
          path: csv,
          name: basename(csv),
          kind: kindOf(csv, options.kind),
          limit: positive(options.limit),
        });
        return options.json === true ? output.json(report) : output.line(previewText(report));
      }),
    );
  onLocalFile(program, 'estimate', "requests and time the file will take under Klaviyo's limits").action(
    (csv: string, options: FileOptions) =>
      withSession(async (session) => {
        const scope = await oneConnection(session, options);
        const kind = kindOf(csv, options.kind);
        const estimate = await estimateFile(session.ctx, { scope, path: csv, name: basename(csv), kind });
        if (options.json === true) {
          return output.json(estimate);
        }
        const requests = Object.entries(estimate.requests).filter(([, count]) => count > 0);
        output.line(
          `${basename(csv)}: ${estimate.totalRequests} requests, at least ${estimate.minutes} minutes.`,
        );
        requests.forEach(([name, count]) => output.line(`  ${name}: ${count}`));
        output.line(
          "  Counted from Klaviyo's limits alone; how fast Klaviyo works off an import is not published.",
        );
      }),
  );
  program
    .command('bulk')
    .description('start the files that wait in the bulk lane (new profiles only, no consent, no list)')
    .option('--shop <domain>')
    .requiredOption('--connection <name>')
    .option('--json', 'one JSON document')
    .action((options: FileOptions) =>
      withSession(async (session) => {
        const { ctx } = session;
        const scope = await oneConnection(session, options);
        const look = await syncShop(ctx, scope.shopId, {
          connection: scope.name,
          steps: { intake: true, push: false },
        });
        const started = await startBulkFiles(ctx, scope.shopId, { connectionId: scope.id, actor: ACTOR });
        output.note(`${started} files of the bulk lane started.`);
        const passes =
          started === 0
            ? look
            : await syncShop(ctx, scope.shopId, {
                connection: scope.name,
                lanes: ['pending', 'test', 'bulk'],
                force: true,
              });
        const status = withPass(await shopStatus(ctx, scope.shopId, { connection: scope.name }), passes);
        context.exit(passVerdict(status, passes));
        return options.json === true ? output.json(status) : output.line(balanceSheet(status, passes));
      }),
    );
  program
    .command('release')
    .description('let a held file through; the next sync reads it')
    .argument('<file id>')
    .action((fileId: string) =>
      withSession(async ({ ctx }) => {
        const file = await releaseFile(ctx, null, { fileId, actor: ACTOR });
        output.line(`${file.name} is released. The next sync of "${file.connection}" reads it.`);
      }),
    );
  program
    .command('discard')
    .description('move a held file away unread')
    .argument('<file id>')
    .action((fileId: string) =>
      withSession(async ({ ctx }) => {
        const file = await discardFile(ctx, null, { fileId, actor: ACTOR });
        output.line(`${file.name} is discarded: moved away, nothing of it was sent.`);
      }),
    );
}

function onLocalFile(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<csv>', 'a file on this machine')
    .option('--shop <domain>')
    .requiredOption('--connection <name>')
    .option('--kind <kind>', 'customers, orders or rewards; else told by the name of the file')
    .option('--json', 'one JSON document');
}

async function oneConnection({ ctx }: Session, options: FileOptions): Promise<ConnectionScope> {
  const [scope] = await loadConnections(ctx, await findShop(ctx, options.shop), options.connection);
  if (scope === undefined) {
    throw wrongUse('the shop has no connection', 'This shop has no connection yet.');
  }
  return scope;
}

function kindOf(csv: string, given: string | undefined): RecordKind {
  const parsed = parseFileName(basename(csv));
  const word = given ?? (parsed.ok ? parsed.kind : basename(csv).split(/[_.]/)[0]?.toLowerCase());
  const kind = RECORD_KINDS.find((one) => one === word);
  if (kind === undefined) {
    throw wrongUse(
      `kind of ${csv}`,
      `${basename(csv)} does not say what it holds. Add --kind customers, --kind orders or --kind rewards.`,
    );
  }
  return kind;
}

function positive(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) {
    throw wrongUse(`limit ${text}`, `--limit wants a whole number, not "${text}".`);
  }
  return count;
}

function wrongUse(message: string, hint: string): AppError {
  return new AppError({ code: 'wrong_use', retry: 'never', message, hint });
}
