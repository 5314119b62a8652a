import { Argument, type Command } from 'commander';
import { RECORD_KINDS } from '#app/domain/records.ts';
import type { CommandContext } from '../main.ts';
import { withConnection, withJson, withOneConnection, withShop } from './options.ts';

export type RecordOptions = { shop?: string; connection: string; json?: boolean };
export type QualityOptions = RecordOptions & { out?: string };

/** `status`, `record` and `quality`: what a shop holds, the history of one record, and what the data lacks. */
export function recordCommands(program: Command, context: CommandContext): void {
  withJson(
    withConnection(
      withShop(
        program
          .command('status')
          .description(
            'connections, files with their balance, record counts, alerts; reads the database only',
          ),
      ),
    ),
  ).action(async (options: Partial<RecordOptions>) => {
    const { status } = await import('../actions/records.ts');
    await status(context, options);
  });
  withJson(
    withOneConnection(
      withShop(
        program
          .command('record')
          .description("one record's history: source row, payload, every attempt and answer")
          .addArgument(
            new Argument('<kind>', 'what it is').choices([...RECORD_KINDS, 'customer', 'order', 'reward']),
          )
          .argument('<key>', 'its primary key in Apparel21'),
      ),
    ),
  ).action(async (word: string, key: string, options: RecordOptions) => {
    const { record } = await import('../actions/records.ts');
    await record(context, word, key, options);
  });
  withJson(
    withOneConnection(
      withShop(
        program
          .command('quality')
          .description(
            'what to correct in Apparel21: shared or unusable e-mails, unusable phones, people without identity, unknown stores',
          )
          .option(
            '--out <file>',
            'write the whole report there as CSV, a line for each problem; - is stdout',
          ),
      ),
    ),
  )
    .addHelpText('after', '\nReads the database only. The report holds personal data.')
    .action(async (options: QualityOptions) => {
      const { quality } = await import('../actions/quality.ts');
      await quality(context, options);
    });
}
