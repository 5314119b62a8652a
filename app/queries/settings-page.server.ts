import type { Context } from '../context.ts';
import type { RecordKind } from '../domain/records.ts';
import type { CurrentShop } from '../services/current-shop.server.ts';
import { shopTime } from './shop-time.ts';

export type ConnectionState = 'connected' | 'refused' | 'paused' | 'sample';

export type ConnectionRow = {
  id: string;
  name: string;
  accountName: string | null;
  directory: string;
  keyLast4: string;
  state: ConnectionState;
  isTest: boolean;
  /** When its latest file was settled, in words; null = none yet. */
  lastSync: string | null;
};

export type SettingsPage = {
  connections: ConnectionRow[];
  sftp: { host: string; port: number; username: string; pinnedAt: string | null; hasHostKey: boolean } | null;
  /** The column that tells one record from another, by kind. */
  primaryKeys: { kind: RecordKind; column: string }[];
  automation: { dataSync: boolean; pollSeconds: number };
  shop: { timezone: string; phoneCountry: string; currency: string };
};

/** What stands on the first page of the settings: a summary of each part, in four indexed queries, without any secret. */
export async function settingsPage(ctx: Context, shop: CurrentShop): Promise<SettingsPage> {
  const { sql } = ctx.db;
  const [connections, [settings], primaryKeys] = await Promise.all([
    loadConnections(ctx, shop),
    sql<{
      poll_seconds: number;
      host: string | null;
      port: number | null;
      username: string | null;
      has_host_key: boolean;
      host_key_pinned_at: Date | null;
    }>(
      `SELECT t.poll_seconds, a.host, a.port, a.username,
              a.host_key IS NOT NULL AS has_host_key, a.host_key_pinned_at
         FROM shop_settings t LEFT JOIN sftp_account a ON a.shop_id = t.shop_id WHERE t.shop_id = $1`,
      [shop.id],
    ),
    sql<{ kind: RecordKind; column: string }>(
      `SELECT kind, columns->>'primaryKey' AS column FROM column_settings
        WHERE shop_id = $1 AND connection_id IS NULL AND columns ? 'primaryKey' ORDER BY kind`,
      [shop.id],
    ),
  ]);
  const { timezone, phoneCountry, currency, dataSync } = shop;
  return {
    connections,
    sftp:
      settings === undefined || settings.host === null
        ? null
        : {
            host: settings.host,
            port: settings.port ?? 22,
            username: settings.username ?? '',
            hasHostKey: settings.has_host_key,
            pinnedAt:
              settings.host_key_pinned_at === null ? null : shopTime(settings.host_key_pinned_at, timezone),
          },
    primaryKeys,
    automation: {
      dataSync,
      pollSeconds: settings?.poll_seconds ?? 30,
    },
    shop: { timezone, phoneCountry, currency },
  };
}

async function loadConnections(ctx: Context, shop: CurrentShop): Promise<ConnectionRow[]> {
  const rows = await ctx.db.sql<Omit<ConnectionRow, 'lastSync'> & { last_settled: Date | null }>(
    `SELECT c.id, c.name, c.account_name AS "accountName", c.directory, c.key_last4 AS "keyLast4",
            c.mode = 'test' AS "isTest",
            CASE WHEN c.mode = 'sample' THEN 'sample'
                 WHEN c.key_refused_at IS NOT NULL OR EXISTS (
                   SELECT 1 FROM alert a WHERE a.shop_id = $1 AND a.connection_id = c.id AND a.resolved_at IS NULL
                      AND a.code = 'klaviyo_key_refused') THEN 'refused'
                 WHEN c.paused THEN 'paused' ELSE 'connected' END AS state,
            (SELECT max(r.settled_at) FROM import_run r WHERE r.connection_id = c.id AND r.status = 'imported') AS last_settled
       FROM connection c WHERE c.shop_id = $1 AND c.removed_at IS NULL ORDER BY c.position, c.name`,
    [shop.id],
  );
  return rows.map(({ last_settled: lastSettled, ...row }) => ({
    ...row,
    lastSync: lastSettled === null ? null : shopTime(lastSettled, shop.timezone),
  }));
}
