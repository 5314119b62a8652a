import type { Context } from '../context.ts';
import type { RecordKind, RecordStatus } from '../domain/records.ts';
import type { EventProfile } from '../domain/wire.ts';
import { eventProfile } from '../pipeline/event-profile.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { orderReturns, type LinkedOrder, type OrderReturns } from './order-returns.server.ts';
import type { CustomerRow, EventRow } from './record-page.server.ts';
import { shopTime } from './shop-time.ts';

/** An order's or reward's customer; `id` null = Apparel21 has not sent the person yet. */
export type CustomerLink = { id: string | null; words: string; status: RecordStatus | null };
export type RelatedRecord = { id: string; words: string; at: string | null; status: RecordStatus };

export type Relatives = {
  /** Whom the record's events belong to. */
  profile: EventProfile;
  customer: CustomerLink | null;
  orders: RelatedRecord[];
  rewards: RelatedRecord[];
  original: RelatedRecord | null;
  returns: RelatedRecord[];
  linked: OrderReturns;
};

const SHOWN = 10;

/** The person of an order or reward, or the latest orders and rewards of a person, in the same connection. */
export async function readRelatives(
  ctx: Context,
  shop: { id: string; timezone: string },
  kind: RecordKind,
  row: CustomerRow | EventRow,
): Promise<Relatives> {
  if ('customer_key' in row) {
    const [customer] = await ctx.db.sql<{
      id: string;
      email: string | null;
      phone: string | null;
      profile_id: string;
      status: RecordStatus;
    }>(
      `SELECT c.id, ${eventProfile('c', 'c.external_id')}, c.status
         FROM customer c WHERE c.shop_id = $1 AND c.connection_id = $2 AND c.external_id = $3`,
      [shop.id, row.connection_id, row.customer_key],
    );
    const linked = await orderReturns(ctx, shop.id, {
      connectionId: row.connection_id,
      key: row.external_id,
      customerKey: row.customer_key,
      label: kind === 'orders' ? row.label : null,
      originalNumber: row.original_number,
    });
    return {
      profile: {
        email: customer?.email ?? null,
        phone: customer?.phone ?? null,
        externalId: customer?.profile_id ?? row.customer_key,
      },
      customer: {
        id: customer?.id ?? null,
        words: customer?.email ?? customer?.phone ?? (row.customer_key === '' ? 'None' : row.customer_key),
        status: customer?.status ?? null,
      },
      orders: [],
      rewards: [],
      original: toRelated(shop, linked.original?.order ?? null),
      returns: linked.returns.flatMap((order) => toRelated(shop, order) ?? []),
      linked,
    };
  }
  const [orders, rewards] = await Promise.all([
    readLatest(ctx, shop, 'orders', row),
    readLatest(ctx, shop, 'rewards', row),
  ]);
  const profile = { email: row.email, phone: row.phone, externalId: row.external_id };
  return { profile, customer: null, orders, rewards, original: null, returns: [], linked: NOTHING_LINKED };
}

const NOTHING_LINKED: OrderReturns = { original: null, returns: [] };

function toRelated(shop: { timezone: string }, order: LinkedOrder | null): RelatedRecord | null {
  return order === null
    ? null
    : {
        id: order.id,
        words: `Order ${order.number ?? order.key}`,
        at: order.at === null ? null : shopTime(order.at, shop.timezone),
        status: order.status,
      };
}

async function readLatest(
  ctx: Context,
  shop: { id: string; timezone: string },
  kind: 'orders' | 'rewards',
  row: CustomerRow,
): Promise<RelatedRecord[]> {
  const found = await ctx.db.sql<{
    id: string;
    external_id: string;
    label: string | null;
    occurred_at: Date | null;
    status: RecordStatus;
  }>(
    `SELECT id, external_id, label, occurred_at, status FROM ${RECORD_TABLES[kind]}
      WHERE shop_id = $1 AND connection_id = $2 AND customer_key = $3
      ORDER BY occurred_at DESC, id DESC LIMIT ${SHOWN}`,
    [shop.id, row.connection_id, row.external_id],
  );
  return found.map(({ id, external_id: key, label, occurred_at: at, status }) => ({
    id,
    words: kind === 'orders' ? `Order ${label ?? key}` : (label ?? `Reward ${key}`),
    at: at === null ? null : shopTime(at, shop.timezone),
    status,
  }));
}
