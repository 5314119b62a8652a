import type { Sql } from '../context.ts';
import type { CompiledRules } from '../domain/compile-rules.ts';
import type { RecordKind, SourceRow } from '../domain/records.ts';
import type { ConnectionRules } from '../domain/rules.ts';
import { rowNamer } from '../domain/stored-rows.ts';

/** The rows of customers by their key. */
export type OrderCustomers = ReadonlyMap<string, SourceRow>;

const NOBODY: OrderCustomers = new Map();

/** The customer that a row of an order or reward names. */
export function customerKey(
  compiled: CompiledRules,
  kind: 'orders' | 'rewards',
  row: Readonly<Record<string, unknown>> | undefined,
): string {
  return String(row?.[compiled.rules.columns[kind].customerReference] ?? '').trim();
}

/** The customer of one order, whose rows are at hand; undefined when no template looks at them, or they are not known. */
export async function readOrderCustomer(
  sql: Sql,
  connectionId: string,
  { compiled, rows }: { compiled: CompiledRules; rows: readonly SourceRow[] },
): Promise<SourceRow | undefined> {
  const key = customerKey(compiled, 'orders', rows[0]);
  const customers = await readOrderCustomers(sql, connectionId, { kind: 'orders', compiled, keys: [key] });
  return customers.get(key);
}

/** Whether templates of orders or their items may look at the customer; compiled rules tell for certain. */
export function mayLookAtCustomers({ mappings }: Pick<ConnectionRules, 'mappings'>): boolean {
  return mappings.some(
    ({ scope, rules }) =>
      (scope === 'order' || scope === 'item') && rules.some(({ template }) => template.includes('customer')),
  );
}

/**
 * The customers' newest rows for orders whose templates look at them (`{{ customer.CITY }}`), with the cells named as the
 * templates name them. Reads nothing when none does. Who is not known yet is missing: the order waits for them, and is mapped
 * anew when they have arrived (`releaseWaiting`).
 */
export async function readOrderCustomers(
  sql: Sql,
  connectionId: string,
  input: { kind: RecordKind; compiled: CompiledRules; keys: readonly string[] },
): Promise<OrderCustomers> {
  const { kind, compiled, keys } = input;
  const { customerColumns } = compiled;
  if (kind !== 'orders' || customerColumns === null || keys.length === 0) {
    return NOBODY;
  }
  const rows = await sql<{ key: string; source: Record<string, string> }>(
    // Key by key, as in `readStored`.
    `SELECT t.* FROM unnest($2::text[]) AS k(key) CROSS JOIN LATERAL (
       SELECT external_id AS key, source FROM customer WHERE connection_id = $1 AND external_id = k.key LIMIT 1) t`,
    [connectionId, [...new Set(keys)]],
  );
  const name = rowNamer({ columnsUsed: customerColumns });
  return new Map(rows.map(({ key, source }) => [key, name(source)]));
}
