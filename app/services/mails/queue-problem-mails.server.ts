import type { Context, Sql } from '../../context.ts';
import { problemsMail, type Concern } from '../../domain/mails/problems-mail.ts';
import { remedyIn } from '../../domain/remedy.ts';
import { shopTime } from '../../queries/shop-time.ts';
import { eachApart } from './each-apart.server.ts';
import { queueMail } from './queue-mail.server.ts';
import { loadRecipients } from './recipients.server.ts';
import { UNDELIVERABLE } from './undeliverable.server.ts';

/**
 * What is wrong now: open alerts, and files that wait for a person. Both are few and found by an index. A file of which an
 * alert tells has the alert's cause, so it is one concern.
 */
const CONCERNS = `
  SELECT DISTINCT ON (shop_id, cause) * FROM (
    SELECT shop_id, cause, connection_id, opened_at AS since FROM alert
     WHERE resolved_at IS NULL AND code <> '${UNDELIVERABLE}'
    UNION ALL
    SELECT f.shop_id, 'file:' || f.id, f.connection_id, f.first_seen_at
      FROM connection c JOIN source_file f ON f.connection_id = c.id
     WHERE c.removed_at IS NULL AND f.status IN ('held', 'failed', 'unrecognised')
       AND f.first_seen_at > now() - interval '7 days') k
   ORDER BY shop_id, cause, since`;

/**
 * Concerns of which nobody was told since they came up, and of whose cause nobody was told within the hour: a cause that comes
 * and goes gives one mail an hour at most. Without anybody to tell they wait.
 */
const DUE = `
  SELECT k.* FROM (${CONCERNS}) k
    JOIN shop s ON s.id = k.shop_id AND s.uninstalled_at IS NULL
    LEFT JOIN mail_cause m ON m.shop_id = k.shop_id AND m.cause = k.cause
   WHERE (m.mailed_at IS NULL OR (m.mailed_at < k.since AND m.mailed_at <= now() - interval '1 hour'))
     AND EXISTS (SELECT 1 FROM connection c
                  WHERE c.shop_id = k.shop_id AND c.removed_at IS NULL AND c.mode <> 'sample'
                    AND (k.connection_id IS NULL OR c.id = k.connection_id)
                    AND jsonb_array_length(coalesce(c.notify->'errors', '[]')) > 0)`;

/** What passes by itself within this time is no mail, and what happens within it is one. */
const PATIENCE = `interval '1 minute'`;

/** Writes to the recipients of errors about everything that is wrong and of which they do not know: one mail per shop and turn. */
export async function queueProblemMails(ctx: Context): Promise<void> {
  const shops = await ctx.db.sql<{ id: string; domain: string; timezone: string }>(
    `SELECT s.id, s.domain, t.timezone FROM shop s JOIN shop_settings t ON t.shop_id = s.id
      WHERE s.id IN (SELECT shop_id FROM (${DUE}) due WHERE due.since <= now() - ${PATIENCE}) ORDER BY s.id`,
  );
  await eachApart(ctx, shops, (shop) =>
    ctx.db.transaction('queue mails about problems', (sql) => queueOfShop(ctx, sql, shop)),
  );
}

async function queueOfShop(
  ctx: Context,
  sql: Sql,
  shop: { id: string; domain: string; timezone: string },
): Promise<void> {
  // Of two workers the second finds nothing left to claim.
  const claimed = await sql<{ cause: string }>(
    `INSERT INTO mail_cause (shop_id, cause, mailed_at)
     SELECT shop_id, cause, now() FROM (${DUE}) due WHERE shop_id = $1 ORDER BY cause
     ON CONFLICT (shop_id, cause) DO UPDATE SET mailed_at = now()
      WHERE mail_cause.mailed_at <= now() - interval '1 hour'
     RETURNING cause`,
    [shop.id],
  );
  if (claimed.length === 0) {
    return;
  }
  const causes = claimed.map(({ cause }) => cause);
  const concerns = await loadConcerns(sql, shop, causes);
  for (const { recipients, told } of await shareOut(sql, shop.id, concerns)) {
    const mail = problemsMail({ shop: shop.domain, address: ctx.settings.appAddress, concerns: told });
    await queueMail(sql, shop.id, { key: `problems:${ctx.ids.uuid()}`, kind: 'problems', recipients, mail });
  }
}

type ConcernRow = {
  cause: string;
  code: string;
  message: string;
  hint: string;
  connection_id: string | null;
  connection: string | null;
  file: string | null;
  since: Date;
};

async function loadConcerns(
  sql: Sql,
  shop: { id: string; timezone: string },
  causes: string[],
): Promise<Concern[]> {
  const rows = await sql<ConcernRow>(
    `SELECT a.cause, a.code, a.message, a.hint, a.connection_id, c.name AS connection, f.name AS file, a.opened_at AS since
       FROM alert a LEFT JOIN connection c ON c.id = a.connection_id
       LEFT JOIN source_file f ON f.shop_id = a.shop_id
            AND f.id = CASE WHEN a.cause ~ '^file:[0-9a-f-]{36}$' THEN substr(a.cause, 6)::uuid END
      WHERE a.shop_id = $1 AND a.cause = ANY($2) AND a.resolved_at IS NULL
     UNION ALL
     SELECT 'file:' || f.id, coalesce(f.problem->>'code', f.status), coalesce(f.problem->>'message', ''), '', c.id, c.name,
            f.name, f.first_seen_at
       FROM source_file f JOIN connection c ON c.id = f.connection_id
      WHERE f.shop_id = $1 AND f.id = ANY($3::uuid[]) AND f.status IN ('held', 'failed', 'unrecognised')
        AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.shop_id = $1 AND a.cause = 'file:' || f.id AND a.resolved_at IS NULL)
      ORDER BY since, cause`,
    [shop.id, causes, causes.flatMap(fileOf)],
  );
  return rows.map((row) => {
    const message = row.message === '' ? `"${row.file}" needs a person. Look at it in the app.` : row.message;
    return {
      cause: row.cause,
      code: row.code,
      message,
      hint: row.hint === '' ? remedyIn(message) : row.hint,
      connection:
        row.connection_id === null ? null : { id: row.connection_id, name: row.connection ?? 'removed' },
      file: row.file,
      since: shopTime(row.since, shop.timezone),
    };
  });
}

function fileOf(cause: string): string[] {
  const id = /^file:([0-9a-f-]{36})$/.exec(cause)?.[1];
  return id === undefined ? [] : [id];
}

/** Who is told what: a connection's concerns go to its own recipients, the shop's to those of all connections; one mail for each set. */
async function shareOut(
  sql: Sql,
  shopId: string,
  concerns: Concern[],
): Promise<{ recipients: string[]; told: Concern[] }[]> {
  const connections = await loadRecipients(sql, shopId);
  const addresses = [...new Set(connections.flatMap(({ errors }) => errors))];
  const sets = new Map<string, { recipients: string[]; told: Concern[] }>();
  for (const address of addresses) {
    const own = new Set(
      connections.filter(({ errors }) => errors.includes(address)).map(({ connectionId }) => connectionId),
    );
    const told = concerns.filter(({ connection }) => connection === null || own.has(connection.id));
    const key = told.map(({ cause }) => cause).join('\n');
    const set = sets.get(key) ?? { recipients: [], told };
    set.recipients.push(address);
    sets.set(key, set);
  }
  return [...sets.values()].filter(({ told }) => told.length > 0);
}
