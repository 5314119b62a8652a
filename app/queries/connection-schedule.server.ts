import type { Context } from '../context.ts';
import type { RecordKind } from '../domain/records.ts';
import { describeSchedule, type Schedule, type ScheduleFacts } from '../domain/schedule.ts';
import { nextLook } from '../domain/schedule-intake.ts';
import { dueRecords } from '../domain/schedule-words.ts';
import type { ConnectionFigures } from './record-figures.server.ts';
import { scheduleFacts } from './schedule-facts.server.ts';
import { estimateDue, testUsedUp } from './schedule-work.server.ts';
import { shopMoment } from './shop-time.ts';

type ShopOfSchedule = { id: string; timezone: string };

/** A schedule with the figures that machines want of it. Moments are ISO 8601. */
export type ConnectionSchedule = Schedule & {
  due: Record<RecordKind, number>;
  lookedAt: string | null;
  nextLookAt: string | null;
  triedAgainAt: string | null;
  estimate: { requests: number; minutes: number } | null;
};

/** What each of these connections does, by id: a headline for a list, and what is due. Others than the shop's own have none, nor has sample data. */
export async function scheduleHeadlines(
  ctx: Context,
  shop: ShopOfSchedule,
  input: { connectionIds: readonly string[]; figures?: Map<string, ConnectionFigures> },
): Promise<Map<string, Pick<ConnectionSchedule, 'state' | 'headline' | 'due'>>> {
  const now = ctx.clock.now();
  const all = await scheduleFacts(ctx, shop.id, input);
  return new Map(
    [...all].map(([id, facts]) => {
      const { state, headline } = describeSchedule(facts, clockOf(shop, now));
      return [id, { state, headline, due: dueRecords(facts) }];
    }),
  );
}

/**
 * What a connection does, what is due, what waits for what and until when, computed from what stands in the database at this
 * moment. Null = the shop has no such connection, or it is sample data.
 */
export async function connectionSchedule(
  ctx: Context,
  shop: ShopOfSchedule,
  connectionId: string,
): Promise<ConnectionSchedule | null> {
  const facts = (await scheduleFacts(ctx, shop.id, { connectionIds: [connectionId] })).get(connectionId);
  if (facts === undefined) {
    return null;
  }
  const due = dueRecords(facts);
  const goes = !facts.isPaused && facts.dataSync && facts.mode === 'production';
  const [estimate, usedUp] = await Promise.all([
    goes ? estimateDue(ctx, connectionId, due) : null,
    facts.mode === 'test' ? testUsedUp(ctx, connectionId, facts.testMaxRecords) : null,
  ]);
  const whole: ScheduleFacts = { ...facts, estimate, testUsedUp: usedUp };
  return {
    ...describeSchedule(whole, clockOf(shop, ctx.clock.now())),
    due,
    lookedAt: facts.poll.lastAt?.toISOString() ?? null,
    nextLookAt: nextLook(facts)?.toISOString() ?? null,
    triedAgainAt: facts.later.firstAt?.toISOString() ?? null,
    estimate: estimate === null ? null : { requests: estimate.totalRequests, minutes: estimate.minutes },
  };
}

function clockOf({ timezone }: ShopOfSchedule, now: Date) {
  return { now, at: (moment: Date) => shopMoment(moment, now, timezone) };
}
