import type { Context, Sql } from '../../context.ts';
import {
  consentFileHeader,
  consentFileName,
  consentFileRow,
  consentFileTime,
  judgeLeaving,
  type LeftPerson,
} from '../../domain/consent-back.ts';
import { laneDirectories } from '../../domain/lanes.ts';
import type { SftpSession } from '../../domain/ports/sftp.ts';
import type { ConsentChannel, ConsentWish } from '../../domain/records.ts';
import { openShopSftp, type ConnectionScope } from '../load-connections.ts';
import { wishTime, type WishTimes } from '../wish-time.ts';
import { stopped } from '../turn.ts';

/** A file that was written. `people`: its rows. */
export type WrittenFile = { name: string; path: string; people: number };

/** Rows of `consent_leaving` that one file takes at most: a person has two, and the file stands in memory once. */
const ROWS_PER_FILE = 40_000;

type Planned = { id: string; name: string; path: string };

/**
 * Writes who left and is still to be told as files into `/outbound`, each exactly once: its people and its name are fixed in
 * PostgreSQL first, the server shows it under that name only when it is complete, and then it is noted as written. A kill at
 * any line leads to the same file. Nobody to tell: no file, and nobody logs in. Errors: those of `SftpSession`.
 */
export async function writeConsentFiles(
  ctx: Context,
  scope: ConnectionScope,
  input: { halt: AbortSignal; onWritten(file: WrittenFile): void },
): Promise<void> {
  let sftp: SftpSession | null = null;
  try {
    for (;;) {
      if (input.halt.aborted) {
        throw stopped();
      }
      const planned = (await readPlanned(ctx, scope)) ?? (await planFile(ctx, scope));
      if (planned === null) {
        return;
      }
      sftp ??= await openShopSftp(ctx, scope.shopId);
      const people = await writeFile(ctx, scope, { planned, sftp });
      if (people > 0) {
        input.onWritten({ name: planned.name, path: planned.path, people });
      }
    }
  } finally {
    await sftp?.close();
  }
}

/** A file that an earlier turn has left between plan and note. */
async function readPlanned(ctx: Context, scope: ConnectionScope): Promise<Planned | null> {
  const [row] = await ctx.db.sql<Planned>(
    `SELECT id, name, path FROM consent_export
      WHERE shop_id = $1 AND connection_id = $2 AND status = 'planned' ORDER BY name LIMIT 1`,
    [scope.shopId, scope.id],
  );
  return row ?? null;
}

type LeavingRow = {
  customer_id: string;
  channel: ConsentChannel;
  state: 'unsubscribed' | 'suppressed';
  left_at: Date | null;
};

type WaitingRow = LeavingRow &
  WishTimes & {
    wish: ConsentWish | null;
    is_open: boolean;
  };

/** Binds everybody who is to be told to a new file. Null = nobody is. */
async function planFile(ctx: Context, scope: ConnectionScope): Promise<Planned | null> {
  return ctx.db.transaction('plan consent file', async (sql) => {
    const rows = await readWaiting(sql, scope);
    // Since they were noted, Apparel21 may have said no by itself, or been told yes.
    const isNews = (row: WaitingRow) =>
      judgeLeaving({
        klaviyo: { state: row.state, changedAt: row.left_at?.toISOString() ?? null },
        wish: row.wish,
        wishSet: wishTime(row, row.wish),
        isOpen: row.is_open,
        own: null,
      }) === 'left';
    const [news, old] = [rows.filter(isNews), rows.filter((row) => !isNews(row))];
    await sql(
      `DELETE FROM consent_leaving l USING jsonb_to_recordset($2::jsonb) AS r(customer_id uuid, channel text)
        WHERE l.shop_id = $1 AND l.customer_id = r.customer_id AND l.channel = r.channel`,
      [scope.shopId, keysOf(old)],
    );
    if (news.length === 0) {
      return null;
    }
    const planned = { id: ctx.ids.uuid(), ...(await freeName(ctx, sql, scope)) };
    await sql(
      `INSERT INTO consent_export (id, shop_id, connection_id, name, path, rows) VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        planned.id,
        scope.shopId,
        scope.id,
        planned.name,
        planned.path,
        new Set(news.map((row) => row.customer_id)).size,
      ],
    );
    await sql(
      `UPDATE consent_leaving l SET export_id = $2
         FROM jsonb_to_recordset($3::jsonb) AS r(customer_id uuid, channel text)
        WHERE l.shop_id = $1 AND l.customer_id = r.customer_id AND l.channel = r.channel`,
      [scope.shopId, planned.id, keysOf(news)],
    );
    return planned;
  });
}

function keysOf(rows: readonly WaitingRow[]): string {
  return JSON.stringify(rows.map(({ customer_id, channel }) => ({ customer_id, channel })));
}

async function readWaiting(sql: Sql, scope: ConnectionScope): Promise<WaitingRow[]> {
  const rows = await sql<WaitingRow>(
    `SELECT l.customer_id, l.channel, l.state, l.left_at, w.wish, w.wish IS DISTINCT FROM w.done AS is_open,
            c.consent_at, c.consent_set_at, c.consent_change_seen
       FROM consent_leaving l JOIN customer c ON c.id = l.customer_id
      CROSS JOIN LATERAL (
        SELECT CASE l.channel WHEN 'email' THEN c.consent_email ELSE c.consent_sms END AS wish,
               CASE l.channel WHEN 'email' THEN c.consent_email_done ELSE c.consent_sms_done END AS done) w
      WHERE l.shop_id = $1 AND l.connection_id = $2 AND l.export_id IS NULL
      ORDER BY l.customer_id, l.channel LIMIT ${ROWS_PER_FILE}`,
    [scope.shopId, scope.id],
  );
  // A person stands in one row of one file: who is cut in two waits for the next.
  const cut = rows.length === ROWS_PER_FILE ? rows.at(-1)?.customer_id : undefined;
  return rows.filter((row) => row.customer_id !== cut);
}

/** The name of this second, or the first one after the connection's last. */
async function freeName(
  ctx: Context,
  sql: Sql,
  scope: ConnectionScope,
): Promise<{ name: string; path: string }> {
  const [last] = await sql<{ name: string | null }>(
    'SELECT max(name) AS name FROM consent_export WHERE shop_id = $1 AND connection_id = $2',
    [scope.shopId, scope.id],
  );
  const after = (consentFileTime(last?.name ?? '')?.getTime() ?? 0) + 1_000;
  const name = consentFileName(new Date(Math.max(ctx.clock.now().getTime(), after)));
  return { name, path: `${laneDirectories(scope.directory).outbound}/${name}` };
}

/** Puts a planned file on the server and notes it. Returns how many people are in it. */
async function writeFile(
  ctx: Context,
  scope: ConnectionScope,
  { planned, sftp }: { planned: Planned; sftp: SftpSession },
): Promise<number> {
  const people = await readPeople(ctx, scope, planned);
  if (people.length === 0) {
    // Whoever was in it has been erased since.
    await ctx.db.sql('DELETE FROM consent_export WHERE shop_id = $1 AND id = $2', [scope.shopId, planned.id]);
    return 0;
  }
  const lines = [
    consentFileHeader(scope.rules.columns.customers.primaryKey),
    ...people.map((person) => consentFileRow(person)),
  ];
  const content = Buffer.from(lines.map((cells) => `${ctx.csv.line(cells)}\r\n`).join(''));
  const there = await sftp.stat(planned.path);
  // A kill may have come between the upload and its note.
  if (there?.size !== content.length) {
    await sftp.ensureDirectory(laneDirectories(scope.directory).outbound);
    await sftp.upload(content, planned.path);
  }
  await ctx.db.sql(
    `UPDATE consent_export SET status = 'written', written_at = now(), rows = $3 WHERE shop_id = $1 AND id = $2`,
    [scope.shopId, planned.id, people.length],
  );
  ctx.log.info({ file: planned.name, people: people.length }, 'told Apparel21 who left in Klaviyo');
  return people.length;
}

async function readPeople(ctx: Context, scope: ConnectionScope, planned: Planned): Promise<LeftPerson[]> {
  const rows = await ctx.db.sql<LeavingRow & { key: string; email: string | null; phone: string | null }>(
    `SELECT l.customer_id, l.channel, l.state, l.left_at, c.external_id AS key, c.email, c.phone
       FROM consent_leaving l JOIN customer c ON c.id = l.customer_id
      WHERE l.shop_id = $1 AND l.export_id = $2 ORDER BY c.external_id, l.customer_id, l.channel`,
    [scope.shopId, planned.id],
  );
  const people = new Map<string, LeftPerson>();
  for (const { customer_id: id, key, email, phone, channel, state, left_at: leftAt } of rows) {
    const person: LeftPerson = people.get(id) ?? { key, email, phone, left: [] };
    person.left.push({ channel, state, leftAt });
    people.set(id, person);
  }
  return [...people.values()];
}
