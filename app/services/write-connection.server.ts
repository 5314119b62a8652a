import type { Context, Sql } from '../context.ts';
import { sha256 } from '../domain/hash.ts';
import type { KlaviyoAccount } from '../domain/klaviyo-account.ts';
import type { ConnectionSettings } from '../domain/shop-file.ts';
import { consentBackCause } from '../pipeline/consent-back/look-is-due.ts';
import { keyPlace } from '../pipeline/load-connections.ts';

/** A private key as it is stored, and as much of it as people may see. */
export type StoredKey = { sealed: string; last4: string };

/** Seals a connection's private key in its place. */
export function sealKey(
  ctx: Context,
  shopId: string,
  input: { connectionId: string; apiKey: string },
): StoredKey {
  const sealed = ctx.vault.seal(input.apiKey, keyPlace(shopId, input.connectionId));
  return { sealed, last4: input.apiKey.slice(-4) };
}

/**
 * Writes one connection, new or known by its id; whoever calls has made sure that name and directory are free. Another key
 * is no longer a refused one, and another account has other lists. `account` null = nobody asked Klaviyo: the account from
 * before stays, so that the next push notices a key of another one (`learnAccount`).
 */
export async function writeConnection(
  sql: Sql,
  shopId: string,
  input: {
    id: string;
    position: number;
    connection: ConnectionSettings;
    key: StoredKey;
    account: KlaviyoAccount | null;
  },
): Promise<void> {
  const { id, position, connection, key, account } = input;
  await sql(
    `INSERT INTO connection (id, shop_id, name, position, directory, sealed_key, key_last4, event_seed, list, mode,
       test_max_records, batch_size, history_before, events, item_events, pass_through, send_external_id, notify, expect,
       account_id, account_name, consent_back)
     SELECT $1, $2, $3, $4, $5, $6, $7, left($8, 10), $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22
     ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, position = EXCLUDED.position, directory = EXCLUDED.directory,
       sealed_key = EXCLUDED.sealed_key, key_last4 = EXCLUDED.key_last4, list = EXCLUDED.list,
       mode = EXCLUDED.mode, test_max_records = EXCLUDED.test_max_records, batch_size = EXCLUDED.batch_size,
       history_before = EXCLUDED.history_before, events = EXCLUDED.events, item_events = EXCLUDED.item_events,
       pass_through = EXCLUDED.pass_through, send_external_id = EXCLUDED.send_external_id, notify = EXCLUDED.notify,
       expect = EXCLUDED.expect, consent_back = EXCLUDED.consent_back, removed_at = NULL,
       expect_set_at = CASE WHEN connection.expect = EXCLUDED.expect AND connection.removed_at IS NULL
         THEN connection.expect_set_at ELSE now() END,
       key_refused_at = CASE WHEN connection.sealed_key = EXCLUDED.sealed_key THEN connection.key_refused_at END,
       account_asked_at = CASE WHEN connection.sealed_key = EXCLUDED.sealed_key THEN connection.account_asked_at END,
       account_id = coalesce(EXCLUDED.account_id, connection.account_id),
       account_name = CASE WHEN EXCLUDED.account_id IS NULL THEN connection.account_name ELSE EXCLUDED.account_name END,
       list_ids = CASE WHEN ${IS_SAME_ACCOUNT} THEN connection.list_ids ELSE '{}' END,
       consent_mark_email = CASE WHEN ${IS_SAME_ACCOUNT} THEN connection.consent_mark_email END,
       consent_mark_sms = CASE WHEN ${IS_SAME_ACCOUNT} THEN connection.consent_mark_sms END,
       consent_look = CASE WHEN ${IS_SAME_ACCOUNT} THEN connection.consent_look END`,
    [
      id,
      shopId,
      connection.name,
      position,
      connection.directory,
      key.sealed,
      key.last4,
      // Fixed at creation: the same connection made anew on another machine gives the same event ids.
      sha256(`${await domainOf(sql, shopId)} ${connection.directory}`),
      connection.list,
      connection.mode,
      connection.testMaxRecords,
      connection.batchSize,
      connection.historyBefore,
      JSON.stringify(connection.events),
      connection.itemEvents,
      connection.passThrough,
      connection.sendExternalId,
      JSON.stringify(connection.notify),
      JSON.stringify(connection.expect),
      account?.id ?? null,
      account?.name ?? null,
      connection.consentBack,
    ],
  );
  // Nobody tries any more what is switched off, so nothing would close its alert.
  await sql(
    `UPDATE alert a SET resolved_at = now() FROM connection c
      WHERE a.shop_id = $1 AND a.cause = $3 AND a.resolved_at IS NULL
        AND c.id = $2 AND c.consent_back = 'off' AND c.consent_wanted_at IS NULL`,
    [shopId, id, consentBackCause(id)],
  );
}

/** SQL: where nobody asked whose the key is, the account from before stays, and with it what is known of it. */
const IS_SAME_ACCOUNT = `coalesce(connection.account_id = EXCLUDED.account_id,
  (connection.account_id IS NOT NULL AND EXCLUDED.account_id IS NULL) OR connection.key_last4 = EXCLUDED.key_last4)`;

async function domainOf(sql: Sql, shopId: string): Promise<string> {
  const [shop] = await sql<{ domain: string }>('SELECT domain FROM shop WHERE id = $1', [shopId]);
  return shop?.domain ?? '';
}
