import { z } from 'zod';
import type { Context } from '../../context.ts';
import { keysIn, type Person } from '../../domain/person.ts';
import type { JsonObject } from '../../domain/records.ts';
import { isUuid } from '../../domain/uuid.ts';
import type { Place } from '../../pipeline/erasure/find-person.ts';
import { knowPerson } from '../../pipeline/erasure/know-person.ts';
import { errorsOf, readRecordKeys } from '../../pipeline/erasure/scrub-errors.ts';
import { readLeavingRows } from '../../queries/record-consent.ts';
import { personOf } from '../privacy/privacy-work.ts';
import type { Download } from './download.ts';

const inputSchema = z.union([z.object({ requestId: z.string() }), z.object({ customerId: z.string() })]);

/** Records that are in memory at once. */
const PAGE = 200;

/**
 * Download: everything that is held of one person, as JSON for the person to read: in each connection their customers with
 * the rows of Apparel21, what Klaviyo got and every decision about consent; orders, rewards, and rows that were rejected.
 * Input: `{requestId}` of Shopify or `{customerId}`. Null: there is no such thing in this shop.
 */
export async function personData(ctx: Context, shopId: string, input: JsonObject): Promise<Download | null> {
  const who = await findWho(ctx, shopId, inputSchema.parse(input));
  return who === null
    ? null
    : {
        filename: 'personal-data.json',
        contentType: 'application/json; charset=utf-8',
        body: documentOf(ctx, shopId, who),
      };
}

async function findWho(
  ctx: Context,
  shopId: string,
  input: z.infer<typeof inputSchema>,
): Promise<Person | null> {
  if ('requestId' in input) {
    const [request] = isUuid(input.requestId)
      ? await ctx.db.sql<{ payload: unknown; phone_country: string }>(
          `SELECT p.payload, s.phone_country FROM privacy_request p JOIN shop_settings s ON s.shop_id = p.shop_id
            WHERE p.shop_id = $1 AND p.id = $2 AND p.topic = 'CUSTOMERS_DATA_REQUEST' AND p.done_at IS NULL`,
          [shopId, input.requestId],
        )
      : [];
    return request === undefined
      ? null
      : (personOf(request.payload, request.phone_country) ?? { emails: [], phones: [], keys: [] });
  }
  const [customer] = isUuid(input.customerId)
    ? await ctx.db.sql<{ connection_id: string; external_id: string }>(
        'SELECT connection_id, external_id FROM customer WHERE shop_id = $1 AND id = $2',
        [shopId, input.customerId],
      )
    : [];
  return customer === undefined
    ? null
    : { emails: [], phones: [], keys: [{ connectionId: customer.connection_id, key: customer.external_id }] };
}

async function* documentOf(ctx: Context, shopId: string, who: Person): AsyncGenerator<string> {
  const { person, places } = await knowPerson(ctx, shopId, who);
  const { emails, phones } = person;
  yield `{\n"about": ${JSON.stringify({ emails, phones })},\n"createdAt": ${JSON.stringify(ctx.clock.now().toISOString())},\n"connections": [`;
  for (const [index, place] of places.entries()) {
    yield `${index === 0 ? '' : ','}\n{"name": ${JSON.stringify(place.name)}`;
    const parts = {
      customers: customersOf(ctx, shopId, place, person),
      orders: eventsOf(ctx, shopId, '"order"', place, person),
      rewards: eventsOf(ctx, shopId, 'reward', place, person),
      rowProblems: problemsOf(ctx, shopId, place, person),
    };
    for (const [name, items] of Object.entries(parts)) {
      yield `,\n"${name}": [`;
      let separator = '';
      for await (const item of items) {
        yield `${separator}\n${JSON.stringify(item)}`;
        separator = ',';
      }
      yield ']';
    }
    yield '}';
  }
  yield '\n]\n}\n';
}

async function* customersOf(
  ctx: Context,
  shopId: string,
  place: Place,
  person: Person,
): AsyncGenerator<object> {
  for (const key of keysIn(person, place.id)) {
    const rows = await ctx.db.sql<{ id: string } & JsonObject>(
      `SELECT id, external_id AS "key", email, phone, status, source AS "fromApparel21", payload AS "forKlaviyo",
              created_at AS "firstSeenAt", updated_at AS "changedAt", synced_at AS "sentAt"
         FROM customer WHERE shop_id = $1 AND connection_id = $2 AND external_id = $3`,
      [shopId, place.id, key],
    );
    for (const { id, ...customer } of rows) {
      const consent = await ctx.db.sql(
        `SELECT decided_at AS "at", channel, wish, action, reason FROM consent_decision
          WHERE shop_id = $1 AND customer_id = $2 ORDER BY decided_at`,
        [shopId, id],
      );
      const left = await readLeavingRows(ctx, shopId, id);
      yield { ...customer, consentDecisions: consent, leftInKlaviyo: left };
    }
  }
}

async function* eventsOf(
  ctx: Context,
  shopId: string,
  table: '"order"' | 'reward',
  place: Place,
  person: Person,
): AsyncGenerator<object> {
  for (const key of keysIn(person, place.id)) {
    let after: string | null = null;
    do {
      const rows: { key: string }[] = await ctx.db.sql<{ key: string }>(
        `SELECT external_id AS "key", label, status, occurred_at AS "at", source AS "fromApparel21", payload AS "forKlaviyo",
                synced_at AS "sentAt"
           FROM ${table} WHERE shop_id = $1 AND connection_id = $2 AND customer_key = $3 AND ($4::text IS NULL OR external_id > $4)
          ORDER BY external_id LIMIT ${PAGE}`,
        [shopId, place.id, key, after],
      );
      yield* rows;
      after = rows.length < PAGE ? null : (rows.at(-1)?.key ?? null);
    } while (after !== null);
  }
}

async function* problemsOf(
  ctx: Context,
  shopId: string,
  place: Place,
  person: Person,
): AsyncGenerator<object> {
  const keys = await readRecordKeys(ctx, shopId, { connectionId: place.id, person });
  for await (const { at, message, value, source } of errorsOf(ctx, shopId, { place, person, keys })) {
    yield { at, message, value, fromApparel21: source };
  }
}
