import type { Context } from '../context.ts';
import type { ColumnOverrides, ConnectionFile, ShopFile } from '../domain/shop-file.ts';
import { presetColumns } from '../domain/presets.ts';
import type { RecordKind } from '../domain/records.ts';
import type { Columns, Mapping, TranslationTable } from '../domain/rules.ts';
import { keyPlace, sftpPlace } from '../pipeline/load-connections.ts';

type ShopRow = {
  domain: string;
  timezone: string;
  phone_country: string;
  currency: string;
  data_sync: boolean;
  poll_seconds: number;
  cleanup_enabled: boolean;
  retention_days: number;
  digest: ShopFile['automation']['digest'];
  redact_in_klaviyo: boolean;
  host: string | null;
  port: number | null;
  username: string | null;
  sealed_password: string | null;
  sealed_private_key: string | null;
  sealed_passphrase: string | null;
  host_key: string | null;
};

type ConnectionRow = Omit<ConnectionFile, 'apiKey' | 'columns' | 'mappings'> & {
  id: string;
  sealed_key: string;
};

/**
 * A shop's whole configuration as `shop.yaml` has it, secrets opened: for comparing with a file that is applied, and for
 * the export, which leaves them out. Never for a page. Null when the shop has no settings yet.
 */
export async function readShopFile(ctx: Context, shopId: string): Promise<ShopFile | null> {
  const [shop] = await ctx.db.sql<ShopRow>(
    `SELECT s.domain, t.timezone, t.phone_country, t.currency, t.data_sync, t.poll_seconds, t.cleanup_enabled,
            t.retention_days, t.digest, t.redact_in_klaviyo, a.host, a.port, a.username, a.sealed_password, a.sealed_private_key, a.sealed_passphrase, a.host_key
       FROM shop s JOIN shop_settings t ON t.shop_id = s.id LEFT JOIN sftp_account a ON a.shop_id = s.id WHERE s.id = $1`,
    [shopId],
  );
  if (shop === undefined) {
    return null;
  }
  const connections = await ctx.db.sql<ConnectionRow>(
    `SELECT id, sealed_key, name, directory, list, mode, test_max_records AS "testMaxRecords", batch_size AS "batchSize",
            history_before AS "historyBefore", events, item_events AS "itemEvents", pass_through AS "passThrough",
            send_external_id AS "sendExternalId", consent_back AS "consentBack", notify, expect
       FROM connection WHERE shop_id = $1 AND removed_at IS NULL AND mode <> 'sample' ORDER BY position, name`,
    [shopId],
  );
  const columns = await ctx.db.sql<{
    connection_id: string | null;
    kind: RecordKind;
    columns: Record<string, string>;
  }>('SELECT connection_id, kind, columns FROM column_settings WHERE shop_id = $1 ORDER BY kind', [shopId]);
  const mappings = await ctx.db.sql<Mapping & { connection_id: string | null }>(
    `SELECT connection_id, scope, target, description, blank, rules FROM mapping WHERE shop_id = $1 AND enabled ORDER BY position`,
    [shopId],
  );
  function columnsOf(connectionId: string | null): ColumnOverrides {
    return Object.fromEntries(
      columns.filter((row) => row.connection_id === connectionId).map((row) => [row.kind, row.columns]),
    );
  }
  function mappingsOf(connectionId: string | null): Mapping[] {
    return mappings
      .filter((row) => row.connection_id === connectionId)
      .map(({ connection_id: _, ...mapping }) => mapping);
  }
  return {
    shop: shop.domain,
    timezone: shop.timezone,
    phoneCountry: shop.phone_country,
    currency: shop.currency,
    sftp: sftpOf(ctx, shopId, shop),
    automation: {
      dataSync: shop.data_sync,
      pollSeconds: shop.poll_seconds,
      fileCleanup: { enabled: shop.cleanup_enabled, retentionDays: shop.retention_days },
      digest: shop.digest,
    },
    privacy: { redactInKlaviyo: shop.redact_in_klaviyo },
    connections: connections.map(({ id, sealed_key: sealed, ...row }) => {
      const ownColumns = columnsOf(id);
      const ownMappings = mappingsOf(id);
      return {
        ...row,
        apiKey: ctx.vault.open(sealed, keyPlace(shopId, id)),
        ...(Object.keys(ownColumns).length > 0 ? { columns: ownColumns } : {}),
        ...(ownMappings.length > 0 ? { mappings: ownMappings } : {}),
      };
    }),
    columns: { ...presetColumns, ...(columnsOf(null) as Partial<Columns>) },
    translations: await readTranslations(ctx, shopId),
    mappings: mappingsOf(null),
  };
}

function sftpOf(ctx: Context, shopId: string, row: ShopRow): ShopFile['sftp'] {
  const open = (sealed: string | null, column: Parameters<typeof sftpPlace>[1]) =>
    sealed === null ? undefined : ctx.vault.open(sealed, sftpPlace(shopId, column));
  return {
    host: row.host ?? '',
    port: row.port ?? 22,
    username: row.username ?? '',
    password: open(row.sealed_password, 'sealed_password'),
    privateKey: open(row.sealed_private_key, 'sealed_private_key'),
    passphrase: open(row.sealed_passphrase, 'sealed_passphrase'),
    hostKey: row.host_key ?? undefined,
  };
}

async function readTranslations(ctx: Context, shopId: string): Promise<Record<string, TranslationTable>> {
  const tables = await ctx.db.sql<{
    name: string;
    when_missing: string;
    entries: Record<string, string> | null;
  }>(
    `SELECT t.name, t.when_missing, jsonb_object_agg(e.source, e.target) FILTER (WHERE e.source IS NOT NULL) AS entries
       FROM translation_table t LEFT JOIN translation_entry e ON e.table_id = t.id
      WHERE t.shop_id = $1 GROUP BY t.id ORDER BY t.name`,
    [shopId],
  );
  return Object.fromEntries(
    tables.map((row) => [row.name, { whenMissing: row.when_missing, entries: row.entries ?? {} }]),
  );
}
