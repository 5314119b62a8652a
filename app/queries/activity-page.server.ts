import type { Context } from '../context.ts';
import { changesToShow } from '../domain/audit-changes.ts';
import type { ConfigChange } from '../domain/config-changes.ts';
import { faultIn } from '../domain/remedy.ts';
import { shopTime } from './shop-time.ts';

export type AuditLine = {
  id: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  /** The first of them, secrets masked. */
  changes: ConfigChange[];
  changeCount: number;
};

export type AlertLine = {
  id: string;
  /** What is wrong. */
  fault: string;
  /** What to do; blank when it needs nobody. */
  remedy: string;
  cause: string;
  code: string;
  connection: { id: string; name: string } | null;
  since: string;
  /** Null while it is open. */
  until: string | null;
};

/** Cursors of the pages with newer and with older lines; null = there are none. */
type Neighbours = { newer: string | null; older: string | null };

export type AuditPage = Neighbours & {
  tab: 'audit';
  lines: AuditLine[];
  /** What can be filtered by: of the latest lines. */
  actions: string[];
  actors: string[];
};
export type AlertPage = Neighbours & { tab: 'alerts'; open: AlertLine[]; resolved: AlertLine[] };
export type ActivityPage = { openCount: number } & (AuditPage | AlertPage);

export type ActivityInput = {
  tab: 'audit' | 'alerts';
  timezone: string;
  /** A cursor of a page before: what is older, or newer, than its edge. Anything else = the first page. */
  older: string | null;
  newer: string | null;
  /** Only lines of this action, of this person; null = all. */
  action: string | null;
  actor: string | null;
};

const PAGE = 50;
const CHANGES_SHOWN = 50;
const OPEN_SHOWN = 100;
/** The filters offer what stands in so many latest lines: a list of everything would read the whole trail. */
const FILTERED_BY = 1_000;

/** What people and Threadline did in a shop, or what needed a person: one page, newest first. */
export async function activityPage(
  ctx: Context,
  shopId: string,
  input: ActivityInput,
): Promise<ActivityPage> {
  const [[alerts], page] = await Promise.all([
    ctx.db.sql<{ count: number }>(
      'SELECT count(*)::int AS count FROM alert WHERE shop_id = $1 AND resolved_at IS NULL',
      [shopId],
    ),
    input.tab === 'audit' ? auditPage(ctx, shopId, input) : alertPage(ctx, shopId, input),
  ]);
  return { openCount: alerts?.count ?? 0, ...page };
}

type Keyed = { id: string; cursor_at: string };
type AuditRow = Keyed & {
  created_at: Date;
  actor: string;
  action: string;
  subject: string;
  changes: unknown;
  change_count: number;
};

async function auditPage(ctx: Context, shopId: string, input: ActivityInput): Promise<AuditPage> {
  const [{ rows, ...neighbours }, filters] = await Promise.all([
    keysetPage<AuditRow>(ctx, shopId, input, {
      table: 'audit_log',
      time: 'created_at',
      columns: `created_at, actor, action, subject,
        CASE jsonb_typeof(changes) WHEN 'array' THEN jsonb_path_query_array(changes, '$[0 to ${CHANGES_SHOWN - 1}]') END AS changes,
        CASE jsonb_typeof(changes) WHEN 'array' THEN jsonb_array_length(changes) ELSE 0 END AS change_count`,
      where: 'AND ($2::text IS NULL OR action = $2) AND ($3::text IS NULL OR actor = $3)',
      parameters: [withoutNul(input.action), withoutNul(input.actor)],
    }),
    ctx.db.sql<{ action: string; actor: string }>(
      `SELECT DISTINCT action, actor FROM (
         SELECT action, actor FROM audit_log WHERE shop_id = $1 ORDER BY created_at DESC LIMIT ${FILTERED_BY}) latest`,
      [shopId],
    ),
  ]);
  return {
    tab: 'audit',
    ...neighbours,
    lines: rows.map((row) => ({
      id: row.id,
      at: shopTime(row.created_at, input.timezone),
      actor: row.actor,
      action: row.action,
      subject: row.subject,
      changes: changesToShow(row.changes),
      changeCount: row.change_count,
    })),
    actions: [...new Set(filters.map(({ action }) => action))].sort(),
    actors: [...new Set(filters.map(({ actor }) => actor))].sort(),
  };
}

type AlertRow = Keyed & {
  cause: string;
  code: string;
  message: string;
  hint: string;
  opened_at: Date;
  resolved_at: Date | null;
  connection_id: string | null;
  connection: string | null;
};

const ALERT_COLUMNS = `cause, code, message, hint, opened_at, resolved_at, connection_id,
  (SELECT c.name FROM connection c WHERE c.id = connection_id AND c.shop_id = $1 AND c.removed_at IS NULL) AS connection`;

async function alertPage(ctx: Context, shopId: string, input: ActivityInput): Promise<AlertPage> {
  const [open, { rows, ...neighbours }] = await Promise.all([
    ctx.db.sql<AlertRow>(
      `SELECT id, ${ALERT_COLUMNS} FROM alert WHERE shop_id = $1 AND resolved_at IS NULL
        ORDER BY opened_at DESC, id DESC LIMIT ${OPEN_SHOWN}`,
      [shopId],
    ),
    keysetPage<AlertRow>(ctx, shopId, input, {
      table: 'alert',
      time: 'opened_at',
      columns: ALERT_COLUMNS,
      where: 'AND resolved_at IS NOT NULL',
      parameters: [],
    }),
  ]);
  const toLine = (row: AlertRow): AlertLine => ({
    id: row.id,
    fault: faultIn(row.message, row.hint),
    remedy: row.hint,
    cause: row.cause,
    code: row.code,
    connection:
      row.connection_id === null || row.connection === null
        ? null
        : { id: row.connection_id, name: row.connection },
    since: shopTime(row.opened_at, input.timezone),
    until: row.resolved_at === null ? null : shopTime(row.resolved_at, input.timezone),
  });
  return { tab: 'alerts', ...neighbours, open: open.map(toLine), resolved: rows.map(toLine) };
}

type KeysetQuery = {
  table: 'audit_log' | 'alert';
  time: 'created_at' | 'opened_at';
  columns: string;
  /** More conditions; its own parameters begin at `$2`. */
  where: string;
  parameters: unknown[];
};

/** Fifty lines after or before a cursor, newest first, read along the index (shop, time). */
async function keysetPage<Row extends Keyed>(
  ctx: Context,
  shopId: string,
  input: Pick<ActivityInput, 'older' | 'newer'>,
  query: KeysetQuery,
): Promise<Neighbours & { rows: Row[] }> {
  const newer = readCursor(input.newer);
  const edge = newer ?? readCursor(input.older);
  const isUpwards = newer !== null;
  const direction = isUpwards ? 'ASC' : 'DESC';
  const { length } = query.parameters;
  const found = await ctx.db.sql<Row>(
    `SELECT id, to_char(${query.time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_at, ${query.columns}
       FROM ${query.table}
      WHERE shop_id = $1 ${query.where}
        ${edge === null ? '' : `AND (${query.time}, id) ${isUpwards ? '>' : '<'} ($${length + 2}::timestamptz, $${length + 3}::uuid)`}
      ORDER BY ${query.time} ${direction}, id ${direction} LIMIT ${PAGE + 1}`,
    [shopId, ...query.parameters, ...(edge === null ? [] : [edge.at, edge.id])],
  );
  const hasMore = found.length > PAGE;
  const rows = isUpwards ? found.slice(0, PAGE).reverse() : found.slice(0, PAGE);
  const first = rows[0];
  const last = rows.at(-1);
  return {
    rows,
    newer: first !== undefined && (isUpwards ? hasMore : edge !== null) ? cursorOf(first) : null,
    older: last !== undefined && (isUpwards || hasMore) ? cursorOf(last) : null,
  };
}

function cursorOf(row: Keyed): string {
  return `${row.cursor_at}_${row.id}`;
}

const CURSOR = /^(2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Null for anything that PostgreSQL would stumble over, such as the 31st of February. */
function readCursor(text: string | null): { at: string; id: string } | null {
  const [, at, id] = CURSOR.exec(text ?? '') ?? [];
  if (at === undefined || id === undefined) {
    return null;
  }
  const time = new Date(at);
  const isReal = !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === at.slice(0, 19);
  return isReal ? { at, id } : null;
}

function withoutNul(text: string | null): string | null {
  return text === null || text === '' ? null : text.replaceAll('\u0000', '');
}
