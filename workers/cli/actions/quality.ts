import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '#app/context.ts';
import { QUALITY_WORDS } from '#app/domain/data-quality.ts';
import { AppError } from '#app/domain/errors.ts';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import { qualityPage, type QualityPage } from '#app/queries/quality-page.server.ts';
import { qualityDownload } from '#app/services/downloads/quality.server.ts';
import type { QualityOptions } from '../commands/records.ts';
import type { CommandContext } from '../main.ts';
import { table } from '../output.ts';
import { findShop, withSession } from '../session.ts';

const STDOUT = '-';

/** What a connection's data lacks: figures, and with `--out` the whole report as CSV. */
export function quality({ output }: CommandContext, options: QualityOptions): Promise<void> {
  return withSession(async ({ ctx }) => {
    if (options.out === STDOUT && options.json === true) {
      throw new AppError({
        code: 'wrong_use',
        retry: 'person',
        message: '--json with --out -',
        hint: 'Only one document fits on stdout: leave out --json, or name a file with --out.',
      });
    }
    const shopId = await findShop(ctx, options.shop);
    const [scope] = await loadConnections(ctx, shopId, options.connection);
    const connectionId = scope?.id ?? '';
    if (options.out !== undefined) {
      await writeReport(ctx, shopId, { connectionId, out: options.out });
    }
    const timezone = scope?.rules.timezone ?? 'UTC';
    const page = await qualityPage(ctx, { id: shopId, timezone }, { connectionId, most: null });
    if (page === null || options.out === STDOUT) {
      return;
    }
    return options.json === true ? output.json(documentOf(page)) : output.line(textOf(page));
  });
}

async function writeReport(
  ctx: Context,
  shopId: string,
  { connectionId, out }: { connectionId: string; out: string },
): Promise<void> {
  const report = await qualityDownload(ctx, shopId, { connectionId });
  const lines = Readable.from(report?.body ?? []);
  if (out === STDOUT) {
    return pipeline(lines, process.stdout, { end: false });
  }
  try {
    // Customers' data: for nobody else on this machine.
    await pipeline(lines, createWriteStream(out, { mode: 0o600 }));
  } catch (error) {
    if (error instanceof Error && 'path' in error) {
      throw new AppError({
        code: 'wrong_use',
        retry: 'person',
        message: error.message,
        hint: `The report cannot be written to ${out}. Name a file in a folder that exists and may be written to.`,
        cause: error,
      });
    }
    throw error;
  }
}

function documentOf({ connection, isPartial, findings }: QualityPage): object {
  return {
    connection,
    isPartial,
    findings: findings.map(({ kind, count, examples }) => ({
      ...{ kind, title: QUALITY_WORDS[kind].title, count, fix: QUALITY_WORDS[kind].fix },
      examples: examples.map(({ person, ...example }) => ({
        ...example,
        person: person === null ? null : { key: person.key, code: person.code, name: person.name },
      })),
    })),
  };
}

function textOf({ connection, isPartial, findings }: QualityPage): string {
  const found = findings.filter(({ count }) => count > 0);
  return [
    ...(found.length === 0
      ? [`${connection}: nothing to clean.`]
      : [
          `${connection}: to be corrected in Apparel21`,
          '',
          table(
            ['problem', 'count', 'what to do'],
            found.map(({ kind, count }) => [QUALITY_WORDS[kind].title, count, QUALITY_WORDS[kind].fix]),
          ),
        ]),
    ...(isPartial
      ? [
          '',
          'Some people were read before Threadline looked for these problems. They are looked at when their next file brings them.',
        ]
      : []),
  ].join('\n');
}
