import type { Command } from 'commander';
import type { CommandContext } from '../main.ts';
import { withJson, withShop } from './options.ts';

export type EraseOptions = {
  shop?: string;
  connection?: string;
  klaviyo?: boolean;
  dryRun?: boolean;
  json?: boolean;
};

/** `erase` and `restore-person`: what people may ask about their data. */
export function privacyCommands(program: Command, context: CommandContext): void {
  withJson(
    withShop(
      program
        .command('erase')
        .description(
          'erase a person from a shop: records, rows, errors, previews; later files do not bring them back',
        )
        .argument('<person>', 'e-mail, phone number with country code (+61…), or key in Apparel21')
        .option('--connection <name>', 'whose key it is; with --klaviyo the only account to delete in')
        .option('--klaviyo', 'delete the profile in Klaviyo, too')
        .option('--dry-run', 'say what would be removed, and remove nothing'),
    ),
  )
    .addHelpText(
      'after',
      `
The person is erased in every connection of the shop. The files on the SFTP server are not changed.
Exit codes: 0 erased; 1 the part in Klaviyo needs a person (Settings > Privacy in the app).`,
    )
    .action(async (person: string, options: EraseOptions) => {
      const { erase } = await import('../actions/privacy.ts');
      await erase(context, person, options);
    });
  withShop(
    program
      .command('restore-person')
      .description('let somebody who was erased be imported again, by e-mail or phone number')
      .argument('<address>', 'e-mail or phone number'),
  ).action(async (address: string, options: { shop?: string }) => {
    const { restorePerson } = await import('../actions/privacy.ts');
    await restorePerson(context, address, options);
  });
}
