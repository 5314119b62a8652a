import type { Sql } from '#app/context.ts';
import type { KlaviyoOperation } from '#app/domain/ports/klaviyo.ts';
import type { RatePolicy } from './klaviyo-limits.server.ts';
import type { Pace } from './klaviyo-pace.server.ts';

/** Whose limits: an account of Klaviyo (its id, or a hash of the key) and one of its operations. */
export type BudgetLine = { account: string; operation: KlaviyoOperation };

export type TurnWish = {
  count: number;
  pace: Pace;
  /** The limits that `pace` comes from. */
  limits: readonly RatePolicy[];
  /** Turns that lie further ahead are not taken. */
  patienceMs: number;
};

/** Why turns lie ahead: the limits are used up, Klaviyo answered 429, or said that nothing remains. */
export type BudgetReason = 'limit' | 'retry-after' | 'exhausted';

/**
 * - `turns`: all that was wished for, the first in `waitMs`, the others an interval apart each.
 * - `later`: none; there may be some in `waitMs`.
 * - `other-limits`: none; the wish rests on other limits than all processes know by now.
 */
export type TurnGrant =
  | { kind: 'turns' | 'later'; waitMs: number; because: BudgetReason }
  | { kind: 'other-limits'; limits: RatePolicy[] };

/** What is left of Klaviyo's limits, shared by all processes. Everything rejects when its store does not answer. */
export type KlaviyoBudget = {
  /** Takes turns. What is not used at its time is lost, which harms nobody. */
  take(line: BudgetLine, wish: TurnWish): Promise<TurnGrant>;
  /** Milliseconds until turns that were taken earlier hold again; 0 = they do. */
  blockedMs(line: BudgetLine): Promise<number>;
  /** Nobody gets a turn for so long, and nobody has saved any after it. Longer blocks win. */
  block(line: BudgetLine, ms: number, because: BudgetReason, pace: Pace): Promise<void>;
  /** Everybody paces by these limits from now on: the next turn is an interval away, and nothing is saved up. */
  keepLimits(line: BudgetLine, limits: readonly RatePolicy[], pace: Pace): Promise<void>;
};

/**
 * One statement takes turns: the row's lock puts the processes in line, PostgreSQL's clock says what time it is. `n` is 0 when
 * the wish rests on outdated limits or the turn lies too far ahead; then nothing but the answer changes.
 */
const TAKE = `
  UPDATE klaviyo_budget
     SET (asked_at, turn_at, turn_count, last_turn_at, spent_until, long_turns, minute_limit,
          minute_at, minute_count, minute_before) = (
      SELECT now_at, first_at, n,
             CASE WHEN n > 0 THEN first_at + (n - 1) * spacing ELSE last_turn_at END,
             CASE WHEN n > 0 THEN greatest(spent_until, first_at) + n * spacing ELSE spent_until END,
             CASE WHEN n = 0 OR $9::int IS NULL THEN long_turns
                  ELSE (long_turns || first_at)[greatest(cardinality(long_turns) + 2 - $9, 1):] END,
             $11::int,
             minute,
             CASE WHEN minute_at = minute THEN minute_count + n ELSE n END,
             CASE WHEN minute_at = minute THEN minute_before
                  WHEN minute_at = minute - interval '1 minute' THEN minute_count ELSE 0 END
        FROM (SELECT clock_timestamp() AS now_at, $5::float8 * interval '1 ms' AS spacing) clock,
             LATERAL (SELECT greatest(now_at, blocked_until, last_turn_at + $7::float8 * interval '1 ms',
                                      spent_until - $6::int * spacing,
                                      long_turns[cardinality(long_turns) - $9 + 1] + $10::float8 * interval '1 ms') AS first_at,
                             date_trunc('minute', now_at) AS minute) turn,
             LATERAL (SELECT CASE WHEN coalesce(limits, $4) = $4 AND first_at <= now_at + $8::float8 * interval '1 ms'
                                  THEN $3::int ELSE 0 END AS n) gift)
   WHERE account = $1 AND operation = $2
  RETURNING turn_count, coalesce(limits, $4) <> $4::jsonb AS "hasOtherLimits", limits,
            (extract(epoch FROM turn_at - asked_at) * 1000)::float8 AS "waitMs",
            CASE WHEN blocked_until > asked_at THEN blocked_because ELSE 'limit' END AS because`;

type TakenRow = {
  turn_count: number;
  hasOtherLimits: boolean;
  limits: Record<string, number> | null;
  waitMs: number;
  because: BudgetReason;
};

/** The budget in PostgreSQL (table `klaviyo_budget`): it outlives processes, and all of them draw on the same rows. */
export function openKlaviyoBudget(sql: Sql): KlaviyoBudget {
  async function take(line: BudgetLine, wish: TurnWish): Promise<TurnGrant> {
    const { account, operation } = line;
    const { pace, count, patienceMs } = wish;
    const parameters = [
      account,
      operation,
      count,
      limitsJson(wish.limits),
      pace.intervalMs,
      pace.savedCount,
      pace.apartMs,
      patienceMs,
      pace.long?.count ?? null,
      pace.long?.spanMs ?? null,
      pace.minuteLimit,
    ];
    let [row] = await sql<TakenRow>(TAKE, parameters);
    if (row === undefined) {
      await sql(
        'INSERT INTO klaviyo_budget (account, operation, minute_limit) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [account, operation, pace.minuteLimit],
      );
      [row] = await sql<TakenRow>(TAKE, parameters);
    }
    if (row === undefined) {
      throw new Error(`the budget of ${operation} was deleted while it was made`);
    }
    if (row.hasOtherLimits) {
      return { kind: 'other-limits', limits: readLimits(row.limits ?? {}) };
    }
    const { waitMs, because } = row;
    return { kind: row.turn_count > 0 ? 'turns' : 'later', waitMs: Math.max(0, waitMs), because };
  }

  return {
    take,
    async blockedMs({ account, operation }) {
      const [row] = await sql<{ ms: number | null }>(
        `SELECT (extract(epoch FROM blocked_until - clock_timestamp()) * 1000)::float8 AS ms FROM klaviyo_budget
          WHERE account = $1 AND operation = $2`,
        [account, operation],
      );
      return Math.max(0, row?.ms ?? 0);
    },
    async block({ account, operation }, ms, because, pace) {
      await sql(
        `UPDATE klaviyo_budget
            SET blocked_until = clock_timestamp() + $3::float8 * interval '1 ms', blocked_because = $4,
                spent_until = greatest(spent_until, clock_timestamp() + $5::float8 * interval '1 ms')
          WHERE account = $1 AND operation = $2
            AND coalesce(blocked_until, '-infinity') < clock_timestamp() + $3::float8 * interval '1 ms'`,
        [account, operation, ms, because, ms + pace.savedCount * pace.intervalMs],
      );
    },
    async keepLimits({ account, operation }, limits, pace) {
      await sql(
        `UPDATE klaviyo_budget SET limits = $3, minute_limit = $4,
                spent_until = greatest(spent_until, clock_timestamp() + $5::float8 * interval '1 ms')
          WHERE account = $1 AND operation = $2`,
        [account, operation, limitsJson(limits), pace.minuteLimit, (1 + pace.savedCount) * pace.intervalMs],
      );
    },
  };
}

function limitsJson(limits: readonly RatePolicy[]): string {
  return JSON.stringify(Object.fromEntries(limits.map(({ windowMs, limit }) => [windowMs, limit])));
}

function readLimits(limits: Record<string, number>): RatePolicy[] {
  return Object.entries(limits).map(([windowMs, limit]) => ({ windowMs: Number(windowMs), limit }));
}
