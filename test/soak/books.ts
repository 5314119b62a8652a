import { recordFigures, type ConnectionFigures } from '#app/queries/record-figures.server.ts';
import { shopStatus, type ConnectionStatus } from '#app/queries/shop-status.server.ts';
import { rowsOutside, type Expected } from './expected.ts';
import type { Plan, PlannedConnection } from './plan.ts';
import type { Stand } from './stand.ts';

/** A planned connection with what is expected of it and its ids in the database. */
export type Subject = PlannedConnection & { expected: Expected; shopId: string; connectionId: string };

export type Standing = {
  isSettled: boolean;
  isImported: boolean;
  waitsFor: string;
  files: number;
  imported: number;
  due: number;
};

/** How far a connection is, read from the outside: its files and the statuses of its records. */
export async function standings(stand: Stand, subjects: readonly Subject[]): Promise<Map<number, Standing>> {
  const rows = await stand.ctx.db.sql<{
    id: string;
    files: number;
    open_files: number;
    due: number;
    waiting: number;
    alerts: number;
  }>(
    `SELECT c.id,
            (SELECT count(*)::int FROM source_file f WHERE f.connection_id = c.id AND f.status <> 'gone') AS files,
            (SELECT count(*)::int FROM source_file f
              WHERE f.connection_id = c.id AND f.status IN ('discovered', 'importing', 'imported')) AS open_files,
            coalesce((SELECT sum(r.count)::int FROM record_figure r
              WHERE r.connection_id = c.id AND r.status IN ('pending', 'sending')), 0) AS due,
            coalesce((SELECT sum(r.count)::int FROM record_figure r
              WHERE r.connection_id = c.id AND r.status = 'waiting'), 0) AS waiting,
            (SELECT count(*)::int FROM alert a
              WHERE a.connection_id = c.id AND a.resolved_at IS NULL AND a.cause ~ '^(intake|push):') AS alerts
       FROM connection c`,
    [],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    subjects.map(({ index, files, expected, connectionId }) => {
      const row = byId.get(connectionId) ?? { files: 0, open_files: 0, due: 0, waiting: 0, alerts: 0 };
      const wanted = expected.records.orders.waiting + expected.records.rewards.waiting;
      const isImported = row.files >= files.length && row.open_files === 0;
      const isSettled = isImported && row.due === 0 && row.waiting === wanted && row.alerts === 0;
      const waitsFor = `${row.files} of ${files.length} files seen, ${row.open_files} of them open, ${row.due} records due, ${row.waiting} waiting (${wanted} for good), ${row.alerts} alerts of a pass that failed`;
      return [
        index,
        {
          isSettled,
          isImported,
          waitsFor,
          files: row.files,
          imported: row.files - row.open_files,
          due: row.due,
        },
      ];
    }),
  );
}

/** Balances of files, equations of records, and that both are what the files say. */
export async function checkBooks(stand: Stand, plan: Plan, subjects: readonly Subject[]): Promise<string[]> {
  const problems: string[] = [];
  for (const shop of plan.shops) {
    const own = subjects.filter((subject) => subject.shop === shop);
    const [first] = own;
    if (first === undefined) {
      continue;
    }
    const status = await shopStatus(stand.ctx, first.shopId);
    const figures = await recordFigures(
      stand.ctx,
      first.shopId,
      own.map(({ connectionId }) => connectionId),
    );
    for (const subject of own) {
      const connection = status.connections.find(({ name }) => name === subject.name);
      const place = `${shop} ${subject.name}`;
      if (connection === undefined) {
        problems.push(`${place}: the connection is gone`);
        continue;
      }
      problems.push(
        ...[
          ...fileProblems(subject, connection),
          ...recordProblems(subject, connection, figures.get(subject.connectionId)),
        ].map((problem) => `${place}: ${problem}`),
      );
    }
  }
  return [...problems, ...(await openRuns(stand, subjects))];
}

function fileProblems(subject: Subject, connection: ConnectionStatus): string[] {
  const problems: string[] = [];
  for (const file of subject.files) {
    const lines = connection.files.filter(({ name }) => name === file.name);
    const [line] = lines;
    if (line === undefined || lines.length > 1) {
      problems.push(`${file.name}: is there ${lines.length} times`);
      continue;
    }
    if (line.status !== file.becomes) {
      problems.push(`${file.name}: is ${line.status}, not ${file.becomes} ${line.problem?.message ?? ''}`);
    }
    if (!line.balanced) {
      problems.push(`${file.name}: the balance does not close: ${JSON.stringify(line.rows)}`);
    }
    if (file.becomes === 'archived') {
      const { read, rejected, folded } = line.rows;
      const wanted = { read: file.rows.length + file.brokenLines, ...rowsOutside(file) };
      if (read !== wanted.read || rejected !== wanted.rejected || folded !== wanted.folded) {
        problems.push(`${file.name}: ${JSON.stringify(line.rows)}, expected ${JSON.stringify(wanted)}`);
      }
    }
  }
  return problems;
}

function recordProblems(
  subject: Subject,
  connection: ConnectionStatus,
  figures: ConnectionFigures | undefined,
): string[] {
  const problems: string[] = [];
  for (const kind of ['customers', 'orders', 'rewards'] as const) {
    const { total, ...byStatus } = connection.records[kind];
    const sum = Object.values(byStatus).reduce((a, b) => a + b, 0);
    if (sum !== total || JSON.stringify(figures?.[kind].total) !== JSON.stringify(total)) {
      problems.push(
        `${kind}: the equation of records does not close: ${JSON.stringify({ total, ...byStatus })}`,
      );
    }
    const wanted = subject.expected.records[kind];
    const hasArrived = {
      synced: total - wanted.waiting - wanted.failed - wanted.skipped,
      pending: 0,
      sending: 0,
    };
    const expected = subject.account.isDown
      ? { ...wanted, waiting: byStatus.waiting, synced: 0 }
      : { ...wanted, ...hasArrived };
    const actual = Object.fromEntries(
      Object.keys(expected).map((name) => [name, { ...byStatus, total }[name as keyof typeof byStatus]]),
    );
    if (Object.entries(expected).some(([name, count]) => actual[name] !== count)) {
      problems.push(`${kind}: ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`);
    }
  }
  return problems;
}

/** Runs that stay open although all of their records are settled. */
async function openRuns(stand: Stand, subjects: readonly Subject[]): Promise<string[]> {
  const healthy = subjects.filter(({ account }) => !account.isDown).map(({ connectionId }) => connectionId);
  const rows = await stand.ctx.db.sql<{ connection_id: string; name: string }>(
    `SELECT f.connection_id, f.name FROM source_file f JOIN import_run r ON r.file_id = f.id
      WHERE f.connection_id = ANY($1::uuid[]) AND f.status = 'archived' AND r.settled_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM "order" t WHERE t.run_id = r.id AND t.status = 'waiting')
        AND NOT EXISTS (SELECT 1 FROM reward t WHERE t.run_id = r.id AND t.status = 'waiting')`,
    [healthy],
  );
  return rows.map((row) => {
    const subject = subjects.find(({ connectionId }) => connectionId === row.connection_id);
    return `${subject?.shop} ${subject?.name}: ${row.name}: its run was never closed`;
  });
}
