import type { Command } from 'commander';
import type { CommandContext } from '../main.ts';
import { wholeNumber, withJson, withOneConnection, withShop } from './options.ts';

export type FileOptions = { shop?: string; connection: string; json?: boolean; kind?: string };

/** `preview`, `estimate`, `bulk`, `release`, `discard`: what a person does with files. */
export function fileCommands(program: Command, context: CommandContext): void {
  onLocalFile(program, 'preview', 'dry run of a local file: exactly what it would do; sends nothing')
    .option('--limit <count>', 'samples of each kind', wholeNumber(0, 1_000_000), 20)
    .addHelpText(
      'after',
      `
Shows, against what this shop already holds: what would be created, what would change (before → after), consent
decisions, events, skipped and rejected rows, each with the full number and up to --limit samples.`,
    )
    .action(async (csv: string, options: FileOptions & { limit: number }) => {
      const { preview } = await import('../actions/files.ts');
      await preview(context, csv, options);
    });
  onLocalFile(
    program,
    'estimate',
    "requests and time the file will take under Klaviyo's limits; sends nothing",
  ).action(async (csv: string, options: FileOptions) => {
    const { estimate } = await import('../actions/files.ts');
    await estimate(context, csv, options);
  });
  withJson(
    withOneConnection(
      withShop(
        program
          .command('bulk')
          .description('start the files that wait in the bulk lane (new profiles only, no consent, no list)'),
      ),
    ),
  ).action(async (options: FileOptions) => {
    const { bulk } = await import('../actions/files.ts');
    await bulk(context, options);
  });
  program
    .command('release')
    .description('let a held file through; the next sync reads it')
    .argument('<file id>', '"threadline status" shows the ids of held files')
    .action(async (fileId: string) => {
      const { release } = await import('../actions/files.ts');
      await release(context, fileId);
    });
  program
    .command('discard')
    .description('move a held file away unread')
    .argument('<file id>', '"threadline status" shows the ids of held files')
    .action(async (fileId: string) => {
      const { discard } = await import('../actions/files.ts');
      await discard(context, fileId);
    });
}

function onLocalFile(program: Command, name: string, description: string): Command {
  const command = program
    .command(name)
    .description(description)
    .argument('<csv>', 'a file on this machine')
    .option('--kind <kind>', 'customers, orders or rewards; else told by the name of the file');
  return withJson(withOneConnection(withShop(command)));
}
