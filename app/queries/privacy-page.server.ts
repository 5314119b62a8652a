import { DateTime } from 'luxon';
import type { Context } from '../context.ts';
import { removedWords, NO_FIGURES, type ErasureFigures, type KlaviyoParts } from '../domain/erasure.ts';
import { isAppError } from '../domain/errors.ts';
import { openPerson } from '../pipeline/erasure/sealed-person.ts';
import { shopTime } from './shop-time.ts';

export type DataRequest = {
  id: string;
  receivedAt: string;
  /** The day until which the merchant owes an answer. */
  answerUntil: string;
  isOverdue: boolean;
  /** Shopify's number of the customer. */
  customerId: string | null;
};

export type ErasureLine = {
  id: string;
  requestedAt: string;
  actor: string;
  label: string;
  state: 'working' | 'waiting' | 'needs-you' | 'done';
  /** What was removed, in words; null while it is being done. */
  removed: string | null;
  klaviyo: { connection: string; state: KlaviyoParts[string]['state']; problem: string | null }[];
  /** Addresses to look for in Klaviyo; only while a person has to act there. */
  addresses: string[];
};

export type PrivacyPage = {
  dataRequests: DataRequest[];
  erasures: ErasureLine[];
  hasOlder: boolean;
  redactInKlaviyo: boolean;
};

const SHOWN = 50;
const ANSWER_WITHIN_DAYS = 30;

/** What Shopify and people have asked for about persons' data, and what is still to be done. */
export async function privacyPage(
  ctx: Context,
  shop: { id: string; timezone: string },
): Promise<PrivacyPage> {
  const [requests, erasures, connections, [settings]] = await Promise.all([
    ctx.db.sql<{ id: string; received_at: Date; customer_id: string | null }>(
      `SELECT id, received_at, payload->'customer'->>'id' AS customer_id FROM privacy_request
        WHERE shop_id = $1 AND topic = 'CUSTOMERS_DATA_REQUEST' AND done_at IS NULL ORDER BY received_at LIMIT ${SHOWN}`,
      [shop.id],
    ),
    ctx.db.sql<ErasureRow>(
      `SELECT id, requested_at, actor, label, sealed_person, klaviyo, figures, erased_at, finished_at FROM erasure
        WHERE shop_id = $1 ORDER BY requested_at DESC LIMIT ${SHOWN + 1}`,
      [shop.id],
    ),
    ctx.db.sql<{ id: string; name: string }>('SELECT id, name FROM connection WHERE shop_id = $1', [shop.id]),
    ctx.db.sql<{ redact_in_klaviyo: boolean }>(
      'SELECT redact_in_klaviyo FROM shop_settings WHERE shop_id = $1',
      [shop.id],
    ),
  ]);
  const names = new Map(connections.map(({ id, name }) => [id, name]));
  const now = ctx.clock.now();
  return {
    dataRequests: requests.map((request) => {
      const until = DateTime.fromJSDate(request.received_at, { zone: shop.timezone }).plus({
        days: ANSWER_WITHIN_DAYS,
      });
      return {
        id: request.id,
        receivedAt: shopTime(request.received_at, shop.timezone),
        answerUntil: until.setLocale('en').toFormat('d LLL yyyy'),
        isOverdue: until.toJSDate() < now,
        customerId: request.customer_id,
      };
    }),
    erasures: erasures.slice(0, SHOWN).map((row) => lineOf(ctx, shop, row, names)),
    hasOlder: erasures.length > SHOWN,
    redactInKlaviyo: settings?.redact_in_klaviyo ?? false,
  };
}

type ErasureRow = {
  id: string;
  requested_at: Date;
  actor: string;
  label: string;
  sealed_person: string | null;
  klaviyo: KlaviyoParts;
  figures: Partial<ErasureFigures>;
  erased_at: Date | null;
  finished_at: Date | null;
};

function lineOf(
  ctx: Context,
  shop: { id: string; timezone: string },
  row: ErasureRow,
  names: Map<string, string>,
): ErasureLine {
  const parts = Object.entries(row.klaviyo);
  const state = stateOf(row);
  return {
    id: row.id,
    requestedAt: shopTime(row.requested_at, shop.timezone),
    actor: row.actor,
    label: row.label,
    state,
    removed: row.erased_at === null ? null : removedWords({ ...NO_FIGURES, ...row.figures }),
    klaviyo: parts.map(([id, part]) => ({
      connection: names.get(id) ?? 'a connection that was removed',
      state: part.state,
      problem: part.problem ?? null,
    })),
    addresses: state === 'needs-you' ? addressesOf(ctx, shop.id, row) : [],
  };
}

function stateOf({
  klaviyo,
  erased_at: erasedAt,
  finished_at: finishedAt,
}: ErasureRow): ErasureLine['state'] {
  if (finishedAt !== null) {
    return 'done';
  }
  if (erasedAt === null) {
    return 'working';
  }
  return Object.values(klaviyo).some(({ state }) => state === 'by-hand') ? 'needs-you' : 'waiting';
}

/** Whom to look for: nobody can delete a profile by hand without knowing whose it is. */
function addressesOf(ctx: Context, shopId: string, row: ErasureRow): string[] {
  if (row.sealed_person === null) {
    return [];
  }
  try {
    const { emails, phones } = openPerson(ctx, shopId, row.id, row.sealed_person);
    return emails.length > 0 ? emails : phones;
  } catch (error) {
    if (isAppError(error)) {
      return [];
    }
    throw error;
  }
}
