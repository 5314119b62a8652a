import type { RecordKind } from '../../domain/records.ts';
import { RECORD_TABLES } from '../record-tables.ts';

/**
 * SQL: names of the profile properties that a later order or reward (`t`'s kind) of the same customer sets, too. Klaviyo keeps
 * what comes last, so an older one that arrives late must not set them. Later = it happened later; at the same second, the
 * one that came later. What failed or was left out sets nothing. One look at the customer's latest for each property.
 */
export function newerValues(kind: Exclude<RecordKind, 'customers'>): string {
  return `ARRAY(SELECT p.name FROM jsonb_object_keys(t.payload->'profileProperties') AS p(name)
     WHERE EXISTS (
       SELECT 1 FROM ${RECORD_TABLES[kind]} n
        WHERE n.connection_id = t.connection_id AND n.customer_key = t.customer_key AND n.occurred_at >= t.occurred_at
          AND (n.occurred_at, n.created_at, n.line, n.id) > (t.occurred_at, t.created_at, t.line, t.id)
          AND n.status NOT IN ('failed', 'skipped') AND jsonb_exists(n.payload->'profileProperties', p.name)
        ORDER BY n.occurred_at DESC, n.id DESC LIMIT 1))`;
}

/** What a merchant is told of a record whose values for the profile were older than what the profile has. */
export function newerValuesNote(kind: Exclude<RecordKind, 'customers'>, names: readonly string[]): string {
  const shown = names.map((name) => `"${name}"`).join(', ');
  const one = kind === 'orders' ? 'order' : 'reward';
  return `Its event was sent. ${shown} on the profile ${names.length === 1 ? 'comes' : 'come'} from a newer ${one} of this customer and ${names.length === 1 ? 'was' : 'were'} left alone.`;
}
