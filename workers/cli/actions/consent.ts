import { flowBackNow, type FlowBack } from '#app/pipeline/consent-back/flow-back.ts';
import { loadConnections } from '#app/pipeline/load-connections.ts';
import { noteConsentFile } from '#app/services/ask-consent-file.server.ts';
import type { PassOptions } from '../commands/sync.ts';
import { EXIT, exitCodeOf, type ExitCode } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { findShop, withSession } from '../session.ts';

/** Asks Klaviyo now who left, and writes the file for Apparel21, also where the schedule is off. */
export function consent({ output, exit }: CommandContext, options: PassOptions): Promise<void> {
  return withSession(async ({ ctx }) => {
    const shopId = await findShop(ctx, options.shop);
    const reports: FlowBack[] = [];
    for (const scope of await loadConnections(ctx, shopId, options.connection)) {
      if (scope.mode !== 'sample') {
        await noteConsentFile(ctx.db.sql, shopId, { name: scope.name, actor: 'command line' });
        reports.push(await flowBackNow(ctx, scope));
      }
    }
    exit(verdict(reports));
    if (options.json === true) {
      const connections = reports.map(({ name, files, problems }) => ({
        name,
        left: files.reduce((sum, { people }) => sum + people, 0),
        files,
        problems: problems.map(({ code, message }) => ({ code, message })),
      }));
      return output.json({ connections });
    }
    for (const line of reports.flatMap(linesOf)) {
      output.line(line);
    }
  });
}

function linesOf({ name, files, problems }: FlowBack): string[] {
  return [
    ...files.map(
      ({ path, people }) =>
        `${name}: ${people.toLocaleString('en')} ${people === 1 ? 'customer' : 'customers'} left in Klaviyo, written to ${path}`,
    ),
    ...(files.length === 0 && problems.length === 0
      ? [`${name}: nobody has left in Klaviyo whom Apparel21 does not know of; no file was written`]
      : []),
    ...problems.map(({ message }) => `${name}: ${message}`),
  ];
}

/** One connection's refusal outweighs another's service that does not answer. */
function verdict(reports: readonly FlowBack[]): ExitCode {
  const codes = reports.flatMap(({ problems }) => problems.map(({ code }) => exitCodeOf(code)));
  return codes.length === 0
    ? EXIT.done
    : codes.every((code) => code === EXIT.unreachable)
      ? EXIT.unreachable
      : EXIT.needsPerson;
}
