import type { ConnectionPass } from '#app/pipeline/sync-connection.ts';
import type { ConnectionStatus, ShopStatus, StatusProblem } from '#app/queries/shop-status.server.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** The status after a pass: requests are those of the pass, and what it met stands among the problems. */
export function withPass(
  status: ShopStatus,
  passes: ConnectionPass[],
): ShopStatus & { connections: (ConnectionStatus & { sent: ConnectionPass['sent'] })[] } {
  return {
    ...status,
    connections: status.connections.map((connection) => {
      const pass = passes.find((one) => one.name === connection.name);
      const sent = pass?.sent ?? { profiles: 0, subscribes: 0, unsubscribes: 0, events: 0 };
      const problems = [...connection.problems, ...(pass?.problems ?? [])];
      return {
        ...connection,
        requests: pass?.requests ?? connection.requests,
        sent,
        problems: distinct(problems),
      };
    }),
  };
}

function distinct(problems: StatusProblem[]): StatusProblem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify([problem.file, problem.line, problem.column, problem.code, problem.message]);
    return !seen.has(key) && Boolean(seen.add(key));
  });
}

/**
 * 1 when a person has to act: a held, failed or unrecognised file, failed records, a refused key; 3 when a service did
 * not answer and nothing else is wrong. Rejected rows and skipped records are reported, they are no failure of the pass.
 */
export function passVerdict(status: ShopStatus, passes: ConnectionPass[]): ExitCode {
  const hasFile = status.connections.some((connection) =>
    connection.files.some(
      (file) => ['held', 'failed', 'unrecognised'].includes(file.status) || !file.balanced,
    ),
  );
  const hasRecord = status.connections.some(({ records }) =>
    Object.values(records).some((counts) => counts.failed > 0),
  );
  const broken = passes.filter((pass) =>
    pass.problems.some((problem) => problem.file === null && problem.code !== 'paused'),
  );
  if (hasFile || hasRecord || broken.some((pass) => !pass.isUnreachable)) {
    return EXIT.needsPerson;
  }
  return broken.length > 0 ? EXIT.unreachable : EXIT.done;
}
