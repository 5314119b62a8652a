import { Argument, type Command } from 'commander';
import { RECORD_KINDS, type RecordKind } from '#app/domain/records.ts';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import { recordHistory, type RecordHistory } from '#app/queries/record-history.server.ts';
import { shopStatus } from '#app/queries/shop-status.server.ts';
import { balanceSheet } from '../balance-sheet.ts';
import type { CommandContext } from '../main.ts';
import { findShop, withSession } from '../session.ts';

/** `status` and `record`: what a shop holds, and the history of one record. */
export function recordCommands(program: Command, { output }: CommandContext): void {
  program
    .command('status')
    .description('connections, files with their balance, record counts, alerts')
    .option('--shop <domain>')
    .option('--connection <name>')
    .option('--json', 'one JSON document')
    .action((options: { shop?: string; connection?: string; json?: boolean }) =>
      withSession(async ({ ctx }) => {
        const shopId = await findShop(ctx, options.shop);
        const status = await shopStatus(ctx, shopId, { connection: options.connection });
        return options.json === true ? output.json(status) : output.line(balanceSheet(status));
      }),
    );
  program
    .command('record')
    .description("one record's history: source row, payload, every attempt and answer")
    .addArgument(new Argument('<kind>').choices([...RECORD_KINDS, 'customer', 'order', 'reward']))
    .argument('<key>', 'its primary key in Apparel21')
    .option('--shop <domain>')
    .requiredOption('--connection <name>')
    .option('--json', 'one JSON document')
    .action((word: string, key: string, options: { shop?: string; connection: string; json?: boolean }) =>
      withSession(async ({ ctx }) => {
        const shopId = await findShop(ctx, options.shop);
        const [scope] = await loadConnections(ctx, shopId, options.connection);
        const kind: RecordKind =
          RECORD_KINDS.find((one) => one === word || one === `${word}s`) ?? 'customers';
        const history = await recordHistory(ctx, shopId, {
          kind,
          key,
          connectionId: scope?.id ?? '',
          connection: options.connection,
        });
        return options.json === true ? output.json(history) : output.line(historyText(history));
      }),
    );
}

function historyText(history: RecordHistory): string {
  const time = (at: unknown) => (at instanceof Date ? at.toISOString() : String(at ?? 'not sent'));
  return [
    `${history.kind} ${history.key} of ${history.connection}: ${history.status}${history.changedAfterSend ? ', changed after send' : ''}`,
    `  from ${history.file ?? 'no file'}, line ${history.line}`,
    ...(history.reason === null ? [] : [`  reason   ${JSON.stringify(history.reason)}`]),
    `  source   ${JSON.stringify(history.source)}`,
    `  payload  ${JSON.stringify(history.payload)}`,
    ...history.attempts.map(
      (one) =>
        `  attempt  ${time(one.at)} ${one.kind} (${one.part}): ${one.outcome}${one.detail === null ? '' : ` ${one.detail}`}`,
    ),
    ...history.consent.map(
      (one) =>
        `  consent  ${time(one.at)} ${one.channel} ${one.wish}: ${one.action === 'none' ? 'not sent' : one.action} (${one.reason})`,
    ),
  ].join('\n');
}
