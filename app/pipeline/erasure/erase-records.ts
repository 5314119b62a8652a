import type { Context } from '../../context.ts';
import { addressPatterns } from '../../domain/person.ts';
import { RECORD_KINDS, type RecordKind } from '../../domain/records.ts';
import { RECORD_TABLES } from '../record-tables.ts';

/** What a chunk has removed. `sentAt`: when something of it last left for Klaviyo, which may still be working on it. */
export type ErasedChunk = { counts: Record<RecordKind, number>; sentAt: Date | null; isLast: boolean };

const CHUNK = 500;

/** Orders and rewards go first: without their customer nobody could tell whose they are. */
const ORDER: RecordKind[] = ['orders', 'rewards', 'customers'];

/**
 * Deletes the next records of these people of a connection with all that hangs on them: source row, payload, consent
 * decisions, requests. One transaction, in which `commit` makes the step durable. The caller holds the connection's lock;
 * what is gone is not found again, so a repeat is harmless. A file's figures are counters of its run and stay as they are.
 */
export async function eraseRecords(
  ctx: Context,
  shopId: string,
  input: {
    connectionId: string;
    keys: readonly string[];
    /** Orders and rewards of a customer nobody knows that hold one of these e-mails are the person's, too. */
    emails?: readonly string[];
    commit?: (sql: Context['db']['sql'], step: ErasedChunk) => Promise<void>;
  },
): Promise<ErasedChunk> {
  const { connectionId, keys } = input;
  const patterns = addressPatterns({ emails: [...(input.emails ?? [])], phones: [] });
  return ctx.db.transaction('erase records', async (sql) => {
    const step: ErasedChunk = {
      counts: Object.fromEntries(RECORD_KINDS.map((kind) => [kind, 0])) as ErasedChunk['counts'],
      sentAt: null,
      isLast: true,
    };
    for (const kind of ORDER) {
      const column = kind === 'customers' ? 'external_id' : 'customer_key';
      const rows = await sql<{ id: string }>(
        // Key by key: with `= ANY` a planner without fresh statistics reads the whole connection.
        `SELECT t.id FROM unnest($3::text[]) AS k(key) CROSS JOIN LATERAL (
           SELECT id FROM ${RECORD_TABLES[kind]} WHERE shop_id = $1 AND connection_id = $2 AND ${column} = k.key LIMIT ${CHUNK}) t
         LIMIT ${CHUNK}`,
        [shopId, connectionId, keys],
      );
      const strays =
        kind === 'customers' || patterns.length === 0
          ? []
          : await sql<{ id: string }>(
              // They wait, or a rule or a mistake keeps them back: nothing else becomes of them without their customer.
              `SELECT t.id FROM ${RECORD_TABLES[kind]} t
                WHERE t.shop_id = $1 AND t.connection_id = $2 AND t.status IN ('waiting', 'failed', 'skipped')
                  AND NOT (t.id = ANY($3::uuid[])) AND lower(t.source::text) ~ ANY($4::text[])
                  AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.connection_id = $2 AND c.external_id = t.customer_key)
                LIMIT ${CHUNK}`,
              [shopId, connectionId, rows.map(({ id }) => id), patterns],
            );
      const ids = [...rows, ...strays].map(({ id }) => id);
      const [sent] = await sql<{ at: Date | null }>(
        `SELECT max(b.sent_at) AS at FROM push_item i JOIN push_batch b ON b.id = i.batch_id WHERE i.record_id = ANY($1::uuid[])`,
        [ids],
      );
      step.sentAt = later(step.sentAt, sent?.at ?? null);
      await sql('DELETE FROM push_item WHERE record_id = ANY($1::uuid[])', [ids]);
      await sql('DELETE FROM consent_decision WHERE shop_id = $1 AND customer_id = ANY($2::uuid[])', [
        shopId,
        ids,
      ]);
      await sql(`DELETE FROM ${RECORD_TABLES[kind]} WHERE shop_id = $1 AND id = ANY($2::uuid[])`, [
        shopId,
        ids,
      ]);
      step.counts[kind] = ids.length;
      if (rows.length === CHUNK || strays.length === CHUNK) {
        step.isLast = false;
        break;
      }
    }
    await input.commit?.(sql, step);
    return step;
  });
}

function later(one: Date | null, other: Date | null): Date | null {
  return one === null || (other !== null && other > one) ? other : one;
}
