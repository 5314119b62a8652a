import type { ConnectionPass } from '#app/pipeline/sync-connection.ts';
import type { ConnectionStatus, ShopStatus, StatusProblem } from '#app/queries/shop-status.server.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts';

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
      // What stopped a connection stands in its alert as well.
      const news = (pass?.problems ?? []).filter(
        (problem) => !connection.problems.some((known) => isSame(known, problem)),
      );
      return {
        ...connection,
        requests: pass?.requests ?? connection.requests,
        sent,
        problems: [...connection.problems, ...news],
      };
    }),
  };
}

function isSame(known: StatusProblem, news: StatusProblem): boolean {
  const isThere = known.file === null || known.file === news.file;
  return isThere && known.code === news.code && known.message === news.message && known.line === news.line;
}

/**
 * 1 when a person has to act: a held, failed or unrecognised file, failed records, a refused key or folder; 3 when a service
 * did not answer and nothing else is wrong. Rejected rows and skipped records are reported, they are no failure of the pass.
 */
export function passVerdict(status: ShopStatus, passes: ConnectionPass[]): ExitCode {
  const files = status.connections.flatMap((connection) => connection.files);
  const hasFile = files.some(
    (file) => ['held', 'failed', 'unrecognised'].includes(file.status) || !file.balanced,
  );
  const hasRecord = status.connections.some(({ records }) =>
    Object.values(records).some((counts) => counts.failed > 0),
  );
  // What is wrong with a single file shows in that file's status.
  const ofPass = passes
    .flatMap((pass) => pass.problems)
    .filter((problem) => problem.code !== 'paused' && !files.some((file) => isOf(file.name, problem.file)));
  if (hasFile || hasRecord || ofPass.some(({ code }) => exitCodeOf(code) !== EXIT.unreachable)) {
    return EXIT.needsPerson;
  }
  return ofPass.length > 0 ? EXIT.unreachable : EXIT.done;
}

function isOf(name: string, place: string | null): boolean {
  return place === name || place?.endsWith(`/${name}`) === true;
}
