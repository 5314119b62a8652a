import type { Context } from '../context.ts';
import type { ConfigChange } from '../domain/config-changes.ts';
import type { FormAnswer } from '../domain/form-answer.ts';
import { sha256 } from '../domain/hash.ts';
import type { ConnectionFile } from '../domain/shop-file.ts';
import { readWebShopFile, type PlacedProblem } from '../domain/web-shop-file.ts';
import { readShopFile } from '../queries/shop-file.server.ts';
import { applyShopFile } from './apply-shop-file.server.ts';
import { wakeShop } from './wake-connections.server.ts';

export type ConfigurationReport = {
  changeCount: number;
  /** The first of them, secrets masked. */
  changes: ConfigChange[];
  /** Names of connections that the file does not have any more. */
  removed: string[];
  /** Says which changes these are: applying asks for the ones that were shown. */
  fingerprint: string;
};

type Refused = Extract<FormAnswer, { ok: false }> & { placed?: PlacedProblem[] };
export type ConfigurationAnswer = Refused | { ok: true; message: string; report: ConfigurationReport };

/** A file that is larger is applied by the command line: reading it would keep other pages waiting. */
export const MOST_CHARACTERS = 1_000_000;
const CHANGES_SHOWN = 200;
const PROBLEMS_SHOWN = 100;

/**
 * What a shop.yaml changes in the settings (`apply` null), or makes the settings what it says: only the very changes that
 * were shown, by their fingerprint. The file is judged anew each time; it reads nothing of the server and keeps stored
 * secrets by their placeholders. No answer holds a secret.
 */
export async function importConfiguration(
  ctx: Context,
  shopId: string,
  input: { text: string; apply: { fingerprint: string; actor: string } | null },
): Promise<ConfigurationAnswer> {
  const stored = await readShopFile(ctx, shopId);
  if (stored === null) {
    throw new Error('the shop has no settings');
  }
  const read = readWebShopFile(input.text, stored);
  if (!read.ok) {
    const count = read.problems.length;
    const message = `${count === 1 ? 'One place' : `${count} places`} in the file must be corrected.`;
    return {
      ok: false,
      problems: [{ field: '', message }],
      placed: read.problems.slice(0, PROBLEMS_SHOWN),
    };
  }
  const { config } = read;
  const { changes } = await applyShopFile(ctx, config, { actor: '', dryRun: true });
  const report: ConfigurationReport = {
    changeCount: changes.length,
    changes: changes.slice(0, CHANGES_SHOWN),
    removed: removedConnections(stored.connections, config.connections),
    fingerprint: sha256(JSON.stringify(changes)),
  };
  if (input.apply === null) {
    return { ok: true, message: 'File checked', report };
  }
  if (input.apply.fingerprint !== report.fingerprint) {
    const message =
      'The settings were changed since the file was checked. Check it again and look at the changes.';
    return { ok: false, problems: [{ field: '', message }] };
  }
  await applyShopFile(ctx, config, { actor: input.apply.actor, dryRun: false });
  await wakeShop(ctx, shopId);
  return { ok: true, message: 'Configuration imported', report };
}

/** A connection that is renamed goes on: same directory and key, as `applyShopFile` takes it. */
function removedConnections(before: ConnectionFile[], after: ConnectionFile[]): string[] {
  const left = new Set(before);
  for (const connection of after) {
    const twin =
      [...left].find(({ name }) => name === connection.name) ??
      [...left].find(
        ({ directory, apiKey }) =>
          directory === connection.directory && apiKey.slice(-4) === connection.apiKey.slice(-4),
      );
    if (twin !== undefined) {
      left.delete(twin);
    }
  }
  return [...left].map(({ name }) => name);
}
