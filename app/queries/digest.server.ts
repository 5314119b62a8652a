import type { Context } from '../context.ts';
import type { Digest } from '../domain/mails/digest.ts';
import { RECORD_KINDS, type RecordKind } from '../domain/records.ts';
import { recordFigures } from './record-figures.server.ts';

const MOST_ALERTS = 100;

type ConnectionRow = { id: string; name: string; paused: boolean; files: number; held: number };

/** What happened in a shop on some days of its own calendar (`2026-01-31`, both inclusive), and what is open now: sums, never records. */
export async function digestOf(
  ctx: Context,
  shopId: string,
  { from, to }: { from: string; to: string },
): Promise<Digest> {
  const [connections, days, alerts] = await Promise.all([
    ctx.db.sql<ConnectionRow>(
      `SELECT c.id, c.name, c.paused, came.files,
              (SELECT count(*)::int FROM source_file f WHERE f.connection_id = c.id AND f.status = 'held') AS held
         FROM connection c JOIN shop_settings t ON t.shop_id = c.shop_id
        CROSS JOIN LATERAL (
              SELECT count(*)::int AS files FROM source_file f
               WHERE f.connection_id = c.id AND f.first_seen_at >= $2::date::timestamp AT TIME ZONE t.timezone
                 AND f.first_seen_at < ($3::date + 1)::timestamp AT TIME ZONE t.timezone) came
        WHERE c.shop_id = $1 AND c.removed_at IS NULL AND c.mode <> 'sample' ORDER BY c.position, c.name`,
      [shopId, from, to],
    ),
    ctx.db.sql<{ connection_id: string; kind: RecordKind; synced: number; failed: number }>(
      `SELECT connection_id, record_kind AS kind, sum(synced)::int AS synced, sum(failed)::int AS failed FROM daily_figure
        WHERE shop_id = $1 AND day BETWEEN $2::date AND $3::date GROUP BY connection_id, record_kind`,
      [shopId, from, to],
    ),
    ctx.db.sql<{ cause: string; message: string }>(
      `SELECT cause, message FROM alert WHERE shop_id = $1 AND resolved_at IS NULL ORDER BY opened_at LIMIT ${MOST_ALERTS}`,
      [shopId],
    ),
  ]);
  const figures = await recordFigures(
    ctx,
    shopId,
    connections.map(({ id }) => id),
  );
  return {
    from,
    to,
    connections: connections.map(({ id, name, paused, files, held }) => {
      const counts = Object.values(figures.get(id) ?? {});
      const sum = (status: 'pending' | 'waiting' | 'failed') =>
        counts.reduce((total, one) => total + one[status], 0);
      return {
        name,
        isPaused: paused,
        kinds: RECORD_KINDS.map((kind) => {
          const own = days.find((day) => day.connection_id === id && day.kind === kind);
          return { kind, synced: own?.synced ?? 0, failed: own?.failed ?? 0 };
        }),
        files,
        standing: {
          pending: sum('pending'),
          waiting: sum('waiting'),
          failed: sum('failed'),
          heldFiles: held,
        },
      };
    }),
    alerts: alerts.filter((alert) => !isMissing(alert)).map(({ message }) => message),
    missing: alerts.filter(isMissing).map(({ message }) => message),
  };
}

function isMissing({ cause }: { cause: string }): boolean {
  return cause.startsWith('expect:');
}
