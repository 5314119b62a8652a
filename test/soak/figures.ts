import type { LocalKlaviyoState } from '#workers/local/klaviyo/inspection.ts';
import type { Subject } from './books.ts';
import { landingName, type Disturbances } from './disturb.ts';
import type { Stand } from './stand.ts';
import type { Workers } from './workers.ts';

/** What the soak prints in the end. */
export async function figuresOf(
  stand: Stand,
  input: {
    subjects: readonly Subject[];
    state: LocalKlaviyoState;
    disturbances: Disturbances;
    /** How often each kind of fault struck. */
    faults: ReadonlyMap<string, number>;
    workers: Workers;
    landed: ReadonlyMap<string, number>;
    elapsedMs: number;
    busyMs: number;
  },
): Promise<string[]> {
  const { subjects, state, disturbances, workers, elapsedMs, busyMs } = input;
  const files = subjects.flatMap((subject) => subject.files);
  const rows = files.reduce((sum, { rows: own, brokenLines }) => sum + own.length + brokenLines, 0);
  const requests = sum(state, (account) => total(Object.values(account.requests)));
  const received = sum(state, ({ received: { profiles, events, subscribes, unsubscribes } }) =>
    total([profiles, events, subscribes, unsubscribes]),
  );
  const refused = sum(state, ({ throttled }) => throttled);
  const small = await smallFileTimes(stand, input);
  const faults = [...input.faults].map(([kind, struck]) => `${struck} ${kind}`);
  const complaints = workers.complaints();
  return [
    `${subjects.length} connections of ${new Set(subjects.map(({ shopId }) => shopId)).size} shops, ${state.accounts.length} Klaviyo accounts; ${seconds(elapsedMs)} in all`,
    `${files.length} files, ${count(rows)} rows; from the first landing to the last confirmation ${seconds(busyMs)}: ${count(Math.round((rows * 1_000) / busyMs))} rows/s, ${count(Math.round((requests * 1_000) / busyMs))} requests/s`,
    `${count(requests)} requests to Klaviyo carried ${count(received)} profiles, consents and events; ${refused} answered 429 for a limit`,
    `faults met: ${faults.join(', ') || 'none'}`,
    `${disturbances.kills} workers killed, PostgreSQL restarted ${disturbances.restarts} times, Redis emptied ${disturbances.flushes} times, ${workers.startsInVain()} starts of a worker while the database was away`,
    `a small file from its landing to Klaviyo's confirmation: p50 ${seconds(percentile(small, 0.5))}, p95 ${seconds(percentile(small, 0.95))} (${small.length} files)`,
    `warnings and errors in the workers' logs: ${complaints.length === 0 ? 'none' : ''}`,
    ...complaints.slice(0, 12).map(({ text, count: times }) => `  ${times} × ${text}`),
  ];
}

/** From landing to the moment at which every record of the file was settled, ms, sorted. */
async function smallFileTimes(
  stand: Stand,
  { subjects, landed }: { subjects: readonly Subject[]; landed: ReadonlyMap<string, number> },
): Promise<number[]> {
  const rows = await stand.ctx.db.sql<{ connection_id: string; name: string; settled_at: Date }>(
    `SELECT f.connection_id, f.name, r.settled_at FROM source_file f JOIN import_run r ON r.file_id = f.id
      WHERE r.settled_at IS NOT NULL`,
    [],
  );
  const settled = new Map(rows.map((row) => [`${row.connection_id} ${row.name}`, row.settled_at.getTime()]));
  return subjects
    .flatMap(({ index, connectionId, files }) =>
      files
        .filter(({ isSmall }) => isSmall)
        .flatMap(({ name }) => {
          const from = landed.get(landingName(index, name));
          const to = settled.get(`${connectionId} ${name}`);
          return from === undefined || to === undefined ? [] : [to - from];
        }),
    )
    .sort((a, b) => a - b);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function sum(
  state: LocalKlaviyoState,
  of: (account: LocalKlaviyoState['accounts'][number]) => number,
): number {
  return total(state.accounts.map(of));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? 'unknown' : `${(ms / 1_000).toFixed(1)} s`;
}
