import type { Context } from '../context.ts';
import type { ConnectionForm } from '../domain/connection-form.ts';
import { presetEvents } from '../domain/presets.ts';
import type { ConnectionSettings } from '../domain/shop-file.ts';
import { consentBackFacts, type ConsentBackFacts } from './consent-back-facts.server.ts';

export type ConnectionPage = {
  /** Null = a new one. */
  id: string | null;
  form: ConnectionForm;
  /** The last four characters of the stored key; null = there is none yet. */
  keyLast4: string | null;
  accountName: string | null;
  isKeyRefused: boolean;
  isPaused: boolean;
  /** What was told to Apparel21; null = the connection is new. */
  consentBack: ConsentBackFacts | null;
};

/** Settings of a connection as its page shows them; of the key no more than its end. Null = no such connection in this shop. */
export async function connectionPage(
  ctx: Context,
  shopId: string,
  id: string,
): Promise<ConnectionPage | null> {
  if (id === 'new') {
    return newConnection();
  }
  const [row] = await ctx.db.sql<
    ConnectionSettings & {
      id: string;
      keyLast4: string;
      accountName: string | null;
      isKeyRefused: boolean;
      isPaused: boolean;
    }
  >(
    `SELECT id, name, directory, list, mode, test_max_records AS "testMaxRecords", batch_size AS "batchSize",
            history_before AS "historyBefore", events, item_events AS "itemEvents", pass_through AS "passThrough",
            send_external_id AS "sendExternalId", consent_back AS "consentBack", notify, expect, key_last4 AS "keyLast4", account_name AS "accountName",
            paused AS "isPaused",
            key_refused_at IS NOT NULL OR EXISTS (
              SELECT 1 FROM alert a WHERE a.shop_id = $1 AND a.connection_id = c.id AND a.resolved_at IS NULL
                 AND a.code = 'klaviyo_key_refused') AS "isKeyRefused"
       FROM connection c WHERE shop_id = $1 AND id::text = $2 AND removed_at IS NULL AND mode <> 'sample'`,
    [shopId, id],
  );
  if (row === undefined) {
    return null;
  }
  const { keyLast4, accountName, isKeyRefused, isPaused } = row;
  const consentBack = await consentBackFacts(ctx, shopId, row.id);
  return { id: row.id, form: toForm(row), keyLast4, accountName, isKeyRefused, isPaused, consentBack };
}

function toForm(row: ConnectionSettings): ConnectionForm {
  return {
    name: row.name,
    apiKey: null,
    directory: row.directory,
    list: row.list ?? '',
    mode: row.mode,
    testMaxRecords: String(row.testMaxRecords),
    batchSize: String(row.batchSize),
    historyBefore: row.historyBefore ?? '',
    events: { ...presetEvents, ...row.events },
    itemEvents: row.itemEvents,
    passThrough: row.passThrough,
    sendExternalId: row.sendExternalId,
    consentBack: row.consentBack,
    notify: {
      // Rows that were written without shop.yaml may hold less than the schema's defaults.
      errors: (row.notify.errors ?? []).join(', '),
      successes: (row.notify.successes ?? []).join(', '),
    },
    expect: row.expect,
    accepted: [],
  };
}

function newConnection(): ConnectionPage {
  const form: ConnectionForm = {
    name: '',
    apiKey: '',
    directory: '/pending',
    list: '',
    mode: 'production',
    testMaxRecords: '50',
    batchSize: '10000',
    historyBefore: '',
    events: presetEvents,
    itemEvents: false,
    passThrough: false,
    sendExternalId: true,
    consentBack: 'off',
    notify: { errors: '', successes: '' },
    expect: [],
    accepted: [],
  };
  return {
    ...{ id: null, form, keyLast4: null, accountName: null, isKeyRefused: false, isPaused: false },
    consentBack: null,
  };
}
