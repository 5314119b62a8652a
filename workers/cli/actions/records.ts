import { RECORD_KINDS } from '#app/domain/records.ts';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import { recordHistory, type RecordHistory } from '#app/queries/record-history.server.ts';
import { shopStatus } from '#app/queries/shop-status.server.ts';
import { balanceSheet } from '../balance-sheet.ts';
import type { RecordOptions } from '../commands/records.ts';
import type { CommandContext } from '../main.ts';
import { findShop, withSession } from '../session.ts';

/** What a shop holds. */
export function status({ output }: CommandContext, options: Partial<RecordOptions>): Promise<void> {
  return withSession(async ({ ctx }) => {
    const shopId = await findShop(ctx, options.shop);
    if (options.connection !== undefined) {
      await loadConnections(ctx, shopId, options.connection); // refuses an unknown name
    }
    const found = await shopStatus(ctx, shopId, { connection: options.connection });
    return options.json === true ? output.json(found) : output.line(balanceSheet(found));
  });
}

/** The history of the record with that key; `word` is its kind, in plural or singular. */
export function record(
  { output }: CommandContext,
  word: string,
  key: string,
  options: RecordOptions,
): Promise<void> {
  return withSession(async ({ ctx }) => {
    const shopId = await findShop(ctx, options.shop);
    const [scope] = await loadConnections(ctx, shopId, options.connection);
    const history = await recordHistory(ctx, shopId, {
      kind: RECORD_KINDS.find((one) => one === word || one === `${word}s`) ?? 'customers',
      key,
      connectionId: scope?.id ?? '',
      connection: options.connection,
    });
    return options.json === true ? output.json(history) : output.line(historyText(history));
  });
}

function historyText(history: RecordHistory): string {
  const time = (at: unknown) => (at instanceof Date ? at.toISOString() : String(at ?? 'not sent'));
  return [
    `${history.kind} ${history.key} of ${history.connection}: ${history.status}${history.changedAfterSend ? ', changed after send' : ''}`,
    ...[history.standing, ...history.remarks].map((sentence) => `  ${sentence}`),
    `  from ${history.file ?? 'no file'}, line ${history.line}`,
    ...(history.reason === null ? [] : [`  reason   ${JSON.stringify(history.reason)}`]),
    `  source   ${JSON.stringify(history.source)}`,
    `  payload  ${JSON.stringify(history.payload)}`,
    ...history.warnings.map(({ message }) => `  warning  ${message}`),
    ...history.consentNow.map(
      ({ channel, wish, done, why }) =>
        `  ${channel.padEnd(8)} ${wish} ${done}${why === null ? '' : ` ${why}`}`,
    ),
    ...history.attempts.map(
      (one) =>
        `  attempt  ${time(one.at)} ${one.kind} (${one.part}): ${one.outcome}${one.detail === null ? '' : ` ${one.detail}`}`,
    ),
    ...history.consent.map(
      (one) =>
        `  consent  ${time(one.at)} ${one.channel} ${one.wish}: ${one.action === 'none' ? 'not sent' : one.action} (${one.reason})`,
    ),
    ...history.left.map(
      (one) =>
        `  left     ${one.at ?? 'at an unknown time'} ${one.channel} in Klaviyo; ${one.file === null ? 'Apparel21 has not been told yet' : `Apparel21 was told in ${one.file}`}`,
    ),
  ].join('\n');
}
