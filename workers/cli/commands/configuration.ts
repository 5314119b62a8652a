import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppError } from '#app/domain/errors.ts';
import { parseShopFile, toYaml, type ShopFile } from '#app/domain/shop-file.ts';
import { readShopFile } from '#app/queries/shop-file.server.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { environmentForShopFile, findShop, withSession } from '../session.ts';

/** `apply` and `export`: a shop's configuration as code. */
export function configurationCommands(program: Command, { output, exit }: CommandContext): void {
  program
    .command('apply')
    .description("make a shop's configuration what the file says, and print the changes")
    .argument('<shop.yaml>')
    .option('--dry-run', 'print the changes only')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      '\n${NAME} in the file reads the environment. Applying a file twice changes nothing.',
    )
    .action(async (path: string, options: { dryRun?: boolean; json?: boolean }) => {
      const config = await readShopYaml(path, (lines) => {
        if (options.json === true) {
          output.json({ problems: lines });
        }
        lines.forEach(({ path: place, message, remedy }) =>
          output.note(`${place}: ${message} ${remedy}`.trim()),
        );
      });
      if (config === null) {
        exit(EXIT.wrongUse);
        return;
      }
      const dryRun = options.dryRun ?? false;
      const { changes } = await withSession(({ ctx }) =>
        applyShopFile(ctx, config, { actor: 'command line', dryRun }),
      );
      if (options.json === true) {
        output.json({ shop: config.shop, dryRun, changes });
        return;
      }
      for (const { path: place, before, after } of changes) {
        output.line(
          before === null
            ? `+ ${place}: ${after}`
            : after === null
              ? `- ${place}`
              : `~ ${place}: ${before} → ${after}`,
        );
      }
      output.line(
        changes.length === 0
          ? `${config.shop}: nothing to change.`
          : `${config.shop}: ${changes.length} settings ${dryRun ? 'would change' : 'changed'}.`,
      );
    });

  program
    .command('export')
    .description('print the configuration of a shop as shop.yaml, without secrets')
    .option('--shop <domain>')
    .action(async (options: { shop?: string }) => {
      await withSession(async ({ ctx }) => {
        const config = await readShopFile(ctx, await findShop(ctx, options.shop));
        if (config !== null) {
          output.line(toYaml(config).trimEnd());
        }
      });
    });
}

type Problems = { path: string; message: string; remedy: string }[];

async function readShopYaml(path: string, report: (problems: Problems) => void): Promise<ShopFile | null> {
  const text = await readText(path);
  const parsed = parseShopFile(text, environmentForShopFile());
  if (!parsed.ok) {
    report(parsed.problems);
    return null;
  }
  const { config } = parsed;
  if (config.sftp.privateKeyFile === undefined) {
    return config;
  }
  const { privateKeyFile, ...sftp } = config.sftp;
  return { ...config, sftp: { ...sftp, privateKey: await readText(privateKeyFile) } };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError({
      code: 'bad_shop_file',
      retry: 'person',
      message: `cannot read ${path}`,
      hint: `${path} cannot be read. Check the path and the permissions.`,
      cause: error,
    });
  }
}
