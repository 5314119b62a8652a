import { readFile } from 'node:fs/promises';
import { AppError } from '#app/domain/errors.ts';
import { parseShopFile, toYaml, type ConfigProblem, type ShopFile } from '#app/domain/shop-file.ts';
import { readShopFile } from '#app/queries/shop-file.server.ts';
import { applyShopFile } from '#app/services/apply-shop-file.server.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { environmentForShopFile, findShop, withSession } from '../session.ts';

/** Makes a shop's configuration what the file says and prints the changes; problems go to stderr, one line each. */
export async function apply(
  { output, exit }: CommandContext,
  path: string,
  options: { dryRun?: boolean; json?: boolean },
): Promise<void> {
  const read = await readShopYaml(path);
  if ('problems' in read) {
    if (options.json === true) {
      output.json({ problems: read.problems });
    }
    read.problems.forEach((problem) => output.note(problemLine(path, problem)));
    exit(EXIT.wrongUse);
    return;
  }
  const { config } = read;
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
}

/** Prints a shop's configuration as shop.yaml, with `${NAME}` where a secret stands. */
export async function exportShop({ output }: CommandContext, options: { shop?: string }): Promise<void> {
  await withSession(async ({ ctx }) => {
    const config = await readShopFile(ctx, await findShop(ctx, options.shop));
    if (config === null) {
      throw new AppError({
        code: 'unknown_shop',
        retry: 'person',
        message: 'the shop has no settings yet',
        hint: 'This shop has no configuration yet. Create it with: threadline apply shop.yaml',
      });
    }
    output.line(toYaml(config).trimEnd());
  });
}

async function readShopYaml(path: string): Promise<{ config: ShopFile } | { problems: ConfigProblem[] }> {
  const parsed = parseShopFile(await readText(path), environmentForShopFile());
  if (!parsed.ok) {
    return { problems: parsed.problems };
  }
  const { config } = parsed;
  if (config.sftp.privateKeyFile === undefined) {
    return { config };
  }
  const { privateKeyFile, ...sftp } = config.sftp;
  return { config: { ...config, sftp: { ...sftp, privateKey: await readText(privateKeyFile) } } };
}

/** `connections[0].colour: Unknown key "colour". Remove it; known here: …` in one line. */
function problemLine(file: string, { path, message, remedy }: ConfigProblem): string {
  const sentences = [message, remedy].filter((part) => part !== '').map((part) => part.replace(/\.?$/, '.'));
  return `${path === '' ? file : path}: ${sentences.join(' ')}`.replaceAll(/\s*\n\s*/g, ' ');
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
