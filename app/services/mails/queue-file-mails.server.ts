import type { Context, Sql } from '../../context.ts';
import { fileMail, hasFailures, hasNews, type FileReport } from '../../domain/mails/file-mail.ts';
import { RECORD_STATUSES, type RecordKind } from '../../domain/records.ts';
import { RECORD_TABLES } from '../../pipeline/record-tables.ts';
import { eachApart } from './each-apart.server.ts';
import { queueMail } from './queue-mail.server.ts';
import { loadRecipients } from './recipients.server.ts';

/** Runs of one turn; the next one comes soon. */
const MOST = 200;

/** Records of one status are counted no further: a mail needs no more, and a million index entries are not read for it. */
const MOST_COUNTED = 10_000;

type RunRow = { id: string; shop_id: string; connection_id: string; kind: RecordKind };

/**
 * Reports each imported file once: when its books are closed; after an hour when only records that wait for their customer
 * are left; after a day at the latest, as it stands then (data sync is off, the connection is paused).
 */
export async function queueFileMails(ctx: Context): Promise<void> {
  const runs = await ctx.db.sql<RunRow>(
    `SELECT r.id, r.shop_id, r.connection_id, f.kind FROM import_run r JOIN source_file f ON f.id = r.file_id
       JOIN shop s ON s.id = r.shop_id AND s.uninstalled_at IS NULL
      WHERE r.reported_at IS NULL AND r.status = 'imported'
        AND (r.settled_at IS NOT NULL OR r.imported_at < now() - interval '1 day'
             OR (r.imported_at < now() - interval '1 hour' AND ${isAtRest()}))
      ORDER BY r.imported_at LIMIT ${MOST}`,
  );
  await eachApart(ctx, runs, (run) =>
    ctx.db.transaction('queue mail about a file', (sql) => report(ctx, sql, run)),
  );
}

function isAtRest(): string {
  return Object.values(RECORD_TABLES)
    .map(
      (table) =>
        `NOT EXISTS (SELECT 1 FROM ${table} t WHERE t.run_id = r.id AND t.status IN ('pending', 'sending'))`,
    )
    .join(' AND ');
}

async function report(ctx: Context, sql: Sql, run: RunRow): Promise<void> {
  const [mine] = await sql<{ file_id: string; domain: string }>(
    `UPDATE import_run r SET reported_at = now() FROM shop s
      WHERE r.shop_id = $1 AND r.id = $2 AND r.reported_at IS NULL AND s.id = r.shop_id
      RETURNING r.file_id, s.domain`,
    [run.shop_id, run.id],
  );
  const connections = await loadRecipients(sql, run.shop_id);
  const connection = connections.find(({ connectionId }) => connectionId === run.connection_id);
  if (mine === undefined || connection === undefined) {
    return;
  }
  const { errors, successes } = connection;
  if (errors.length + successes.length === 0) {
    return;
  }
  const found = await loadReport(sql, run, connection.name);
  // Of a file with failures everybody gets the one report, which says what went well, too.
  const recipients = hasFailures(found) ? [...new Set([...errors, ...successes])] : successes;
  if (recipients.length > 0 && hasNews(found)) {
    const mail = fileMail({ shop: mine.domain, address: ctx.settings.appAddress, report: found });
    await queueMail(sql, run.shop_id, { key: `file:${run.id}`, kind: 'file', recipients, mail });
  }
}

async function loadReport(sql: Sql, run: RunRow, connection: string): Promise<FileReport> {
  const [row] = await sql<
    FileReport['rows'] & { file_id: string; name: string; flow_events: number | null; seconds: number | null }
  >(
    `SELECT r.file_id, f.name, r.flow_events, r.read, r.created, r.changed, r.unchanged, r.folded, r.rejected,
            CASE WHEN r.settled_at IS NOT NULL
                 THEN greatest(0, extract(epoch FROM r.settled_at - f.first_seen_at))::float8 END AS seconds
       FROM import_run r JOIN source_file f ON f.id = r.file_id WHERE r.shop_id = $1 AND r.id = $2`,
    [run.shop_id, run.id],
  );
  if (row === undefined) {
    throw new Error('the run that was just claimed is gone');
  }
  // The order is the index's (run, status, line, id): without it a planner may read the table.
  const records = await sql<{ status: FileReport['records'][number]['status']; count: number }>(
    `SELECT s.status, counted.count
       FROM import_run r CROSS JOIN unnest($3::text[]) AS s (status)
      CROSS JOIN LATERAL (
            SELECT count(*)::int AS count FROM (
              SELECT 1 FROM ${RECORD_TABLES[run.kind]} t WHERE t.run_id = r.id AND t.status = s.status
               ORDER BY t.run_id, t.status, t.line, t.id LIMIT ${MOST_COUNTED + 1}) c) counted
      WHERE r.shop_id = $1 AND r.id = $2 AND counted.count > 0`,
    [run.shop_id, run.id, RECORD_STATUSES],
  );
  const { file_id: fileId, name, flow_events: flowEvents, seconds, ...rows } = row;
  return {
    fileId,
    name,
    connection,
    kind: run.kind,
    rows,
    records: records.map(({ status, count }) => ({
      status,
      count: Math.min(count, MOST_COUNTED),
      isMore: count > MOST_COUNTED,
    })),
    flowEvents: run.kind === 'customers' ? null : flowEvents,
    seconds,
  };
}
