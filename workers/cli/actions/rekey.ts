import { rekeySecrets } from '#app/services/sealed-secrets.server.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { withSession } from '../session.ts';

/** Seals every stored secret with the first key and says how many there were. */
export async function rekey(
  { output, exit }: CommandContext,
  options: { dryRun?: boolean; json?: boolean },
): Promise<void> {
  const dryRun = options.dryRun === true;
  const report = await withSession(({ ctx }) => rekeySecrets(ctx, { actor: 'command line', dryRun }));
  if (options.json === true) {
    output.json({ dryRun, ...report });
  } else {
    output.line(
      `${report.resealed} secrets ${dryRun ? 'would be' : 'were'} sealed with the first key; ${report.current} were already.`,
    );
    report.lost.forEach(({ shop, what }) =>
      output.line(`FAIL ${shop}: the ${what} cannot be opened with any key. Enter it again.`),
    );
  }
  if (report.lost.length > 0) {
    exit(EXIT.needsPerson);
  }
}
