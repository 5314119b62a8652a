import type { Command } from 'commander';
import type { CommandContext } from '../main.ts';
import { withJson, withShop } from './options.ts';

/** `apply` and `export`: a shop's configuration as code. */
export function configurationCommands(program: Command, context: CommandContext): void {
  withJson(
    program
      .command('apply')
      .description("make a shop's configuration what the file says, and print the changes")
      .argument('<shop.yaml>', 'the whole configuration of one shop')
      .option('--dry-run', 'print the changes only'),
  )
    .addHelpText(
      'after',
      `
\${NAME} in the file reads the environment: keep passwords and keys there. Applying a file twice changes nothing.
A file with mistakes changes nothing either: each is printed with its place and its remedy, and the exit code is 2.`,
    )
    .action(async (path: string, options: { dryRun?: boolean; json?: boolean }) => {
      const { apply } = await import('../actions/configuration.ts');
      await apply(context, path, options);
    });
  withShop(
    program
      .command('export')
      .description('print the configuration of a shop as shop.yaml, without secrets')
      .addHelpText(
        'after',
        '\nSecrets are left as ${NAME}: set these variables, and the file applies back as it is.',
      ),
  ).action(async (options: { shop?: string }) => {
    const { exportShop } = await import('../actions/configuration.ts');
    await exportShop(context, options);
  });
}
