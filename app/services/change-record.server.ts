import type { Context } from '../context.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { changeMessage, type RecordChange } from '../domain/record-change.ts';
import type { RecordKind } from '../domain/records.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { changeRecords } from './change-records.server.ts';

type StandingRecord = {
  status: string;
  connection: string;
  isPaused: boolean;
  isRemoved: boolean;
};

/**
 * What a person does to the one record whose page is open: as `changeRecords`, but what cannot be done is refused with the
 * reason. Null = the shop has no such record.
 */
export async function changeRecord(
  ctx: Context,
  shop: { id: string; dataSync: boolean },
  input: { kind: RecordKind; id: string; change: RecordChange; actor: string },
): Promise<FormAnswer | null> {
  const { kind, id, change, actor } = input;
  const record = await findRecord(ctx, shop.id, input);
  if (record === null) {
    return null;
  }
  if (change !== 'skip' && record.isRemoved) {
    return refusal(`"${record.connection}" was removed: nothing is sent to it any more.`);
  }
  if (change !== 'skip' && record.isPaused) {
    return refusal(`"${record.connection}" is paused. Resume the connection, then try again.`);
  }
  const changed = await changeRecords(ctx, shop.id, { kind, ids: [id], change, actor });
  if (changed.length === 0) {
    return refusal(whyNot(kind, change, record.status));
  }
  const { dataSync } = shop;
  return { ok: true, message: changeMessage(change, { kind, count: 1, dataSync, isPaused: false }) };
}

async function findRecord(
  ctx: Context,
  shopId: string,
  { kind, id }: { kind: RecordKind; id: string },
): Promise<StandingRecord | null> {
  const [row] = await ctx.db.sql<StandingRecord>(
    `SELECT t.status, c.name AS connection, c.paused AS "isPaused", c.removed_at IS NOT NULL AS "isRemoved"
       FROM ${RECORD_TABLES[kind]} t JOIN connection c ON c.id = t.connection_id
      WHERE t.id = $2 AND t.shop_id = $1`,
    [shopId, id],
  );
  return row ?? null;
}

function whyNot(kind: RecordKind, change: RecordChange, status: string): string {
  if (status === 'sending') {
    return 'It is on its way to Klaviyo already. Wait until it has arrived.';
  }
  if (change === 'skip') {
    return `It is ${status} by now: there is nothing to skip.`;
  }
  return status === 'failed' || status === 'skipped'
    ? `There is nothing to send: a mapping or the file keeps this ${kind === 'customers' ? 'customer' : 'record'} back. Fix the cause first.`
    : `It is ${status} by now. Look at it again before you go on.`;
}
