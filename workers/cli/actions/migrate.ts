import { MIGRATIONS } from '#app/context.server.ts';
import { readConfig } from '#app/config.server.ts';
import { migrate, readSchemaState } from '#app/adapters/migrate.server.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { withDatabase, withSession } from '../session.ts';

/** Applies the migrations that are missing, and makes the tables of the queues where they live in the database. */
export async function migrateDatabase(
  { output, exit }: CommandContext,
  options: { dryRun?: boolean; json?: boolean },
): Promise<void> {
  const config = readConfig();
  if (options.dryRun === true) {
    const { missing, unknown } = await withDatabase(config, (url) => readSchemaState(url, MIGRATIONS));
    if (options.json === true) {
      output.json({ missing, unknown });
    } else {
      missing.forEach((name) => output.line(`missing  ${name}`));
      unknown.forEach((name) => output.line(`newer    ${name}: of a newer version than this one`));
      output.line(
        missing.length === 0 ? 'The schema is up to date.' : `${missing.length} migrations are missing.`,
      );
    }
    if (missing.length > 0) {
      exit(EXIT.needsPerson);
    }
    return;
  }
  const applied = await withDatabase(config, (url) => migrate(url, MIGRATIONS));
  if (config.redisUrl === null) {
    await withSession(async ({ ctx }) => void (await ctx.queue.depths()));
  }
  if (options.json === true) {
    output.json({ applied });
    return;
  }
  applied.forEach((name) => output.line(`applied  ${name}`));
  output.line('The schema is up to date.');
}
