import type { Context } from '../../context.ts';
import { isAppError } from '../../domain/errors.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Upkeep of the whole installation: how often, seconds from its end to the next start. */
const STEPS = {
  /** Expected files and connections that do not move: from PostgreSQL alone. */
  watch: MINUTE,
  /** Rows that have outlived their use. */
  retention: 24 * HOUR,
} as const;

/** Upkeep shop by shop, so that one shop's server that hangs holds up no other shop. */
const SHOP_STEPS = {
  /** `/processed` is compared with what we know and cleaned up. */
  'clean-files': 6 * HOUR,
} as const;

export type UpkeepStep = keyof typeof STEPS;
export type ShopStep = keyof typeof SHOP_STEPS;

/** What was asked for and has not ended is asked for again after this long: its job may have been lost. */
const ASK_AGAIN = 5 * MINUTE;

/** A step that fails for a shop is tried again after this long. */
const TRY_AGAIN = 15 * MINUTE;

/** Steps for which the next turn is due. Each is handed out once in a while, whoever asks and however often. */
export async function claimDueSteps(ctx: Context): Promise<UpkeepStep[]> {
  const rows = await ctx.db.sql<{ name: UpkeepStep }>(
    `INSERT INTO upkeep_run (name, asked_at) SELECT key, now() FROM jsonb_each_text($1::jsonb)
     ON CONFLICT (name) DO UPDATE SET asked_at = now()
      WHERE (upkeep_run.asked_at IS NULL OR upkeep_run.asked_at < now() - least($2, ($1::jsonb->>upkeep_run.name)::int) * interval '1 second')
        AND (upkeep_run.finished_at IS NULL
             OR upkeep_run.finished_at < now() - ($1::jsonb->>upkeep_run.name)::int * interval '1 second')
     RETURNING name`,
    [JSON.stringify(STEPS), ASK_AGAIN],
  );
  return rows.map(({ name }) => name);
}

/**
 * Runs one step, alone in the whole installation: a second process that is given it leaves it. `work` tells whether all is
 * done; if not, the caller comes again soon. Returns that.
 */
export async function runStep(
  ctx: Context,
  name: UpkeepStep,
  work: () => Promise<boolean>,
): Promise<{ isOver: boolean }> {
  const isOver = await ctx.db.withLock(`upkeep ${name}`, async () => {
    const done = await work();
    if (done) {
      await ctx.db.sql('UPDATE upkeep_run SET finished_at = now() WHERE name = $1', [name]);
    }
    return done;
  });
  return { isOver: isOver ?? true };
}

/** The same for installed shops: which shop is due for which step, at most 500 at a time. */
export async function claimDueShops(ctx: Context): Promise<{ shopId: string; name: ShopStep }[]> {
  return ctx.db.sql<{ shopId: string; name: ShopStep }>(
    `INSERT INTO shop_upkeep (shop_id, name, asked_at)
     SELECT s.id, step.key, now() FROM shop s CROSS JOIN jsonb_each_text($1::jsonb) step
       LEFT JOIN shop_upkeep u ON u.shop_id = s.id AND u.name = step.key
      WHERE s.uninstalled_at IS NULL AND EXISTS (SELECT 1 FROM sftp_account a WHERE a.shop_id = s.id)
        AND (u.asked_at IS NULL OR u.asked_at < now() - CASE WHEN u.failing_since IS NULL THEN $2::int ELSE $3::int END * interval '1 second')
        AND (u.finished_at IS NULL OR u.failing_since IS NOT NULL OR u.finished_at < now() - step.value::int * interval '1 second')
      ORDER BY u.asked_at NULLS FIRST LIMIT 500
     ON CONFLICT (shop_id, name) DO UPDATE SET asked_at = now()
     RETURNING shop_id AS "shopId", name`,
    [JSON.stringify(SHOP_STEPS), ASK_AGAIN, TRY_AGAIN],
  );
}

/**
 * Runs one step of a shop, alone for this shop. `work` returns what came of this turn, summed up over the turns of one run,
 * and whether all is done. A failure is kept with its beginning, and thrown: `failingSince` says how long it lasts.
 */
export async function runShopStep(
  ctx: Context,
  shopId: string,
  input: {
    name: ShopStep;
    work: () => Promise<{ isOver: boolean; outcome: Record<string, number> }>;
    onFailure: (error: unknown, failingSince: Date) => Promise<void>;
  },
): Promise<{ isOver: boolean }> {
  const { name } = input;
  const isOver = await ctx.db.withLock(`upkeep ${name} ${shopId}`, async () => {
    try {
      const turn = await input.work();
      await noteTurn(ctx, shopId, name, turn);
      return turn.isOver;
    } catch (error) {
      if (!isAppError(error)) {
        throw error;
      }
      const [row] = await ctx.db.sql<{ failing_since: Date }>(
        `UPDATE shop_upkeep SET failing_since = coalesce(failing_since, now()) WHERE shop_id = $1 AND name = $2
         RETURNING failing_since`,
        [shopId, name],
      );
      await input.onFailure(error, row?.failing_since ?? ctx.clock.now());
      return true;
    }
  });
  return { isOver: isOver ?? true };
}

/** Figures of the turns of one run are added up; the first turn of a new run begins anew. */
async function noteTurn(
  ctx: Context,
  shopId: string,
  name: ShopStep,
  turn: { isOver: boolean; outcome: Record<string, number> },
): Promise<void> {
  await ctx.db.sql(
    `INSERT INTO shop_upkeep (shop_id, name, finished_at, outcome)
     VALUES ($1, $2, CASE WHEN $3 THEN now() END, $4::jsonb || jsonb_build_object('isOpen', NOT $3::boolean))
     ON CONFLICT (shop_id, name) DO UPDATE
       SET failing_since = NULL, finished_at = coalesce(EXCLUDED.finished_at, shop_upkeep.finished_at),
           outcome = (
             SELECT jsonb_object_agg(key, value::int + CASE WHEN shop_upkeep.outcome->>'isOpen' = 'true'
                                                            THEN coalesce((shop_upkeep.outcome->>key)::int, 0) ELSE 0 END)
               FROM jsonb_each_text($4::jsonb)) || jsonb_build_object('isOpen', NOT $3::boolean)`,
    [shopId, name, turn.isOver, JSON.stringify(turn.outcome)],
  );
}
