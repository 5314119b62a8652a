import { accessSync, constants, statSync } from 'node:fs';
import { basename } from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import { parseFileName } from '#app/domain/file-name.ts';
import { RECORD_KINDS, type RecordKind } from '#app/domain/records.ts';
import { estimateFile } from '#app/pipeline/estimate-file.ts';
import { loadConnections, type ConnectionScope } from '#app/pipeline/load-connections.ts';
import { previewLocalFile } from '#app/pipeline/preview-local-file.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { discardFile, releaseFile, startBulkFiles } from '#app/services/decide-file.server.ts';
import type { FileOptions } from '../commands/files.ts';
import type { CommandContext } from '../main.ts';
import { previewText } from '../preview-text.ts';
import { findShop, withSession, type Session } from '../session.ts';
import { reportPass } from './passes.ts';

const ACTOR = 'command line';

/** What a local file would do. Writes and sends nothing. */
export async function preview(
  { output }: CommandContext,
  csv: string,
  options: FileOptions & { limit: number },
): Promise<void> {
  const file = localFile(csv, options);
  await withSession(async (session) => {
    const scope = await oneConnection(session, options);
    const report = await previewLocalFile(session.ctx, { ...file, scope, limit: options.limit });
    return options.json === true ? output.json(report) : output.line(previewText(report));
  });
}

/** What sending a local file would take. */
export async function estimate({ output }: CommandContext, csv: string, options: FileOptions): Promise<void> {
  const file = localFile(csv, options);
  await withSession(async (session) => {
    const scope = await oneConnection(session, options);
    const estimated = await estimateFile(session.ctx, { ...file, scope });
    if (options.json === true) {
      return output.json(estimated);
    }
    const requests = Object.entries(estimated.requests).filter(([, count]) => count > 0);
    output.line(`${file.name}: ${estimated.totalRequests} requests, at least ${estimated.minutes} minutes.`);
    requests.forEach(([name, count]) => output.line(`  ${name}: ${count}`));
    output.line(
      "  Counted from Klaviyo's limits alone; how fast Klaviyo works off an import is not published.",
    );
  });
}

/** Looks for files, starts those that wait in the bulk lane, and brings them to Klaviyo. */
export function bulk(context: CommandContext, options: FileOptions): Promise<void> {
  return withSession(async (session) => {
    const { ctx } = session;
    const scope = await oneConnection(session, options);
    const look = await syncShop(ctx, scope.shopId, {
      connection: scope.name,
      steps: { intake: true, push: false },
    });
    const started = await startBulkFiles(ctx, scope.shopId, { connectionId: scope.id, actor: ACTOR });
    context.output.note(`${started} files of the bulk lane started.`);
    const passes =
      started === 0
        ? look
        : await syncShop(ctx, scope.shopId, {
            connection: scope.name,
            lanes: ['pending', 'test', 'bulk'],
            force: true,
          });
    await reportPass(session, context, scope.shopId, options, passes);
  });
}

/** Lets a held file through. */
export function release({ output }: CommandContext, fileId: string): Promise<void> {
  return withSession(async ({ ctx }) => {
    const file = await releaseFile(ctx, null, { fileId, actor: ACTOR });
    output.line(`${file.name} is released. The next sync of "${file.connection}" reads it.`);
  });
}

/** Moves a held file away unread. */
export function discard({ output }: CommandContext, fileId: string): Promise<void> {
  return withSession(async ({ ctx }) => {
    const file = await discardFile(ctx, null, { fileId, actor: ACTOR });
    output.line(`${file.name} is discarded: moved away, nothing of it was sent.`);
  });
}

async function oneConnection({ ctx }: Session, options: FileOptions): Promise<ConnectionScope> {
  const [scope] = await loadConnections(ctx, await findShop(ctx, options.shop), options.connection);
  if (scope === undefined) {
    throw wrongUse('the shop has no connection', 'This shop has no connection yet.');
  }
  return scope;
}

/** Looked at before the database is opened: a wrong path is the commonest mistake. */
function localFile(csv: string, options: FileOptions): { path: string; name: string; kind: RecordKind } {
  try {
    accessSync(csv, constants.R_OK);
  } catch {
    throw wrongUse(`cannot read ${csv}`, `${csv} cannot be read. Check the path and the permissions.`);
  }
  if (!statSync(csv).isFile()) {
    throw wrongUse(`${csv} is no file`, `${csv} is not a file. Name one CSV file.`);
  }
  return { path: csv, name: basename(csv), kind: kindOf(csv, options.kind) };
}

function kindOf(csv: string, given: string | undefined): RecordKind {
  const parsed = parseFileName(basename(csv));
  const word = given ?? (parsed.ok ? parsed.kind : basename(csv).split(/[_.]/)[0]?.toLowerCase());
  const kind = RECORD_KINDS.find((one) => one === word);
  if (kind === undefined) {
    throw wrongUse(
      `kind of ${csv}`,
      given === undefined
        ? `${basename(csv)} does not say what it holds. Add --kind customers, --kind orders or --kind rewards.`
        : `--kind is customers, orders or rewards, not "${given}".`,
    );
  }
  return kind;
}

function wrongUse(message: string, hint: string): AppError {
  return new AppError({ code: 'wrong_use', retry: 'never', message, hint });
}
