import type { Context, Sql } from '../context.ts';
import { sessionPlace } from '../domain/session-place.ts';
import { erasureKeyPlace } from '../pipeline/erasure/erased-people.ts';
import { personPlace } from '../pipeline/erasure/sealed-person.ts';
import { keyPlace, sftpPlace } from '../pipeline/load-connections.ts';
import { writeAudit } from './write-audit.server.ts';

/** A sealed value and where it stands. */
type SealedSecret = {
  store: Store;
  column: string;
  rowId: string;
  /** Null = of a Shopify session, which Shopify renews by itself. */
  shopId: string | null;
  shop: string;
  /** In the operator's words: `Klaviyo key of "Klaviyo AU"`. */
  what: string;
  sealed: string;
  place: string;
  /** False = of a removed connection or an uninstalled shop: nobody has to enter it again. */
  isInUse: boolean;
};

type Store = {
  table: string;
  /** Picks the row whose id is `$1`, as SQL. */
  isRow: string;
  columns: readonly string[];
  /** The next rows after that id; null = from the first. */
  read(ctx: Context, after: string | null): Promise<{ rowId: string; secrets: SealedSecret[] }[]>;
};

/** Rows that are read, and re-sealed in one transaction, at once. */
const CHUNK = 200;

/** A sealed value in a row of a shop. `id` tells the rows apart; `what` and `isInUse` are SQL about the row `t` of the shop `s`. */
function oneColumn(how: {
  table: string;
  id: string;
  column: string;
  what: string;
  isInUse: string;
  place(shopId: string, rowId: string): string;
}): Store {
  const { table, id, column, what, isInUse, place } = how;
  type Row = { id: string; shop_id: string; domain: string; what: string; sealed: string; in_use: boolean };
  const store: Store = {
    table,
    isRow: `${id} = $1::uuid`,
    columns: [column],
    async read(ctx, after) {
      const rows = await ctx.db.sql<Row>(
        `SELECT t.${id} AS id, t.shop_id, s.domain, ${what} AS what, t.${column} AS sealed, ${isInUse} AS in_use
           FROM ${table} t JOIN shop s ON s.id = t.shop_id
          WHERE t.${column} IS NOT NULL AND ($1::uuid IS NULL OR t.${id} > $1) ORDER BY t.${id} LIMIT ${CHUNK}`,
        [after],
      );
      return rows.map((row) => ({
        rowId: row.id,
        secrets: [
          {
            store,
            column,
            rowId: row.id,
            shopId: row.shop_id,
            shop: row.domain,
            what: row.what,
            sealed: row.sealed,
            place: place(row.shop_id, row.id),
            isInUse: row.in_use,
          },
        ],
      }));
    },
  };
  return store;
}

const connections = oneColumn({
  table: 'connection',
  id: 'id',
  column: 'sealed_key',
  what: `'Klaviyo key of "' || t.name || '"'`,
  isInUse: 't.removed_at IS NULL AND s.uninstalled_at IS NULL',
  place: keyPlace,
});

const erasureKeys = oneColumn({
  table: 'shop_settings',
  id: 'shop_id',
  column: 'sealed_erasure_key',
  what: `'key of erased people'`,
  isInUse: 's.uninstalled_at IS NULL',
  place: erasureKeyPlace,
});

const erasures = oneColumn({
  table: 'erasure',
  id: 'id',
  column: 'sealed_person',
  what: `'person who is being erased'`,
  isInUse: 's.uninstalled_at IS NULL',
  place: personPlace,
});

const SFTP_WORDS = {
  sealed_password: 'SFTP password',
  sealed_private_key: 'SFTP private key',
  sealed_passphrase: 'passphrase of the SFTP private key',
} as const;
type SftpColumn = keyof typeof SFTP_WORDS;
const SFTP_COLUMNS = Object.keys(SFTP_WORDS) as SftpColumn[];

const sftpAccounts: Store = {
  table: 'sftp_account',
  isRow: 'shop_id = $1::uuid',
  columns: SFTP_COLUMNS,
  async read(ctx, after) {
    const rows = await ctx.db.sql<
      { shop_id: string; domain: string; in_use: boolean } & Record<SftpColumn, string | null>
    >(
      `SELECT a.shop_id, s.domain, s.uninstalled_at IS NULL AS in_use, ${SFTP_COLUMNS.map((column) => `a.${column}`).join(', ')}
         FROM sftp_account a JOIN shop s ON s.id = a.shop_id 
        WHERE $1::uuid IS NULL OR a.shop_id > $1 ORDER BY a.shop_id LIMIT ${CHUNK}`,
      [after],
    );
    return rows.map((row) => ({
      rowId: row.shop_id,
      secrets: SFTP_COLUMNS.flatMap((column) => {
        const sealed = row[column];
        return sealed === null
          ? []
          : [
              {
                store: sftpAccounts,
                column,
                rowId: row.shop_id,
                shopId: row.shop_id,
                shop: row.domain,
                what: SFTP_WORDS[column],
                sealed,
                place: sftpPlace(row.shop_id, column),
                isInUse: row.in_use,
              },
            ];
      }),
    }));
  },
};

const SESSION_COLUMNS = ['"accessToken"', '"refreshToken"'];

const sessions: Store = {
  table: '"Session"',
  isRow: 'id = $1',
  columns: SESSION_COLUMNS,
  async read(ctx, after) {
    const rows = await ctx.db.sql<{ id: string; shop: string; tokens: (string | null)[] }>(
      `SELECT id, shop, ARRAY[${SESSION_COLUMNS.join(', ')}] AS tokens FROM "Session"
        WHERE $1::text IS NULL OR id > $1 ORDER BY id LIMIT ${CHUNK}`,
      [after],
    );
    return rows.map((row) => ({
      rowId: row.id,
      secrets: row.tokens.flatMap((sealed, index) =>
        // A session may have no token; a text that is none of ours is the storage's business.
        sealed === null || !sealed.startsWith('v1.')
          ? []
          : [
              {
                store: sessions,
                column: SESSION_COLUMNS[index] ?? '',
                rowId: row.id,
                shopId: null,
                shop: row.shop,
                what: 'token of a Shopify session',
                sealed,
                place: sessionPlace(row.id),
                isInUse: false,
              },
            ],
      ),
    }));
  },
};

/** Every column that holds sealed values; a test compares with the schema. */
export const SEALED_STORES: readonly Pick<Store, 'table' | 'columns' | 'read'>[] = [
  connections,
  sftpAccounts,
  sessions,
  erasureKeys,
  erasures,
];

async function* chunksOfSecrets(ctx: Context): AsyncGenerator<SealedSecret[]> {
  for (const store of SEALED_STORES) {
    let rows = await store.read(ctx, null);
    while (rows.length > 0) {
      yield rows.flatMap(({ secrets }) => secrets);
      rows = await store.read(ctx, rows.at(-1)?.rowId ?? null);
    }
  }
}

export type LostSecret = { shop: string; what: string };
export type SecretsReport = {
  /** Sealed with the key that seals now. */
  current: number;
  /** Open with an older key. */
  older: number;
  /** Cannot be opened with any key: somebody has to enter it again. */
  lost: LostSecret[];
};

/** Tries every stored secret. Shows none of them. Of the whole installation, for the operator. */
export async function checkSecrets(ctx: Context): Promise<SecretsReport> {
  const report: SecretsReport = { current: 0, older: 0, lost: [] };
  for await (const chunk of chunksOfSecrets(ctx)) {
    for (const secret of chunk) {
      if (openOrNull(ctx, secret) !== null) {
        report[ctx.vault.isCurrent(secret.sealed) ? 'current' : 'older'] += 1;
      } else if (secret.isInUse) {
        report.lost.push({ shop: secret.shop, what: secret.what });
      }
    }
  }
  return report;
}

export type RekeyReport = { resealed: number; current: number; lost: LostSecret[] };

/**
 * Seals everything that is sealed with an older key with the first one, in chunks of a transaction each. May be stopped and
 * started again at any point: what is done is current. A secret that a person enters meanwhile is left as they entered it.
 * Of the whole installation, for the operator; each shop's audit trail gets a line for each of its secrets.
 */
export async function rekeySecrets(
  ctx: Context,
  input: { actor: string; dryRun: boolean },
): Promise<RekeyReport> {
  const report: RekeyReport = { resealed: 0, current: 0, lost: [] };
  for await (const chunk of chunksOfSecrets(ctx)) {
    const older = chunk.filter((secret) => !ctx.vault.isCurrent(secret.sealed));
    report.current += chunk.length - older.length;
    const openable = older.flatMap((secret) => {
      const plain = openOrNull(ctx, secret);
      if (plain === null && secret.isInUse) {
        report.lost.push({ shop: secret.shop, what: secret.what });
      }
      return plain === null ? [] : [{ secret, plain }];
    });
    if (input.dryRun || openable.length === 0) {
      report.resealed += openable.length;
      continue;
    }
    report.resealed += await ctx.db.transaction('rekey secrets', async (sql) => {
      let done = 0;
      for (const { secret, plain } of openable) {
        done += await reseal(ctx, sql, secret, { plain, actor: input.actor });
      }
      return done;
    });
  }
  return report;
}

async function reseal(
  ctx: Context,
  sql: Sql,
  secret: SealedSecret,
  { plain, actor }: { plain: string; actor: string },
): Promise<0 | 1> {
  const { store, column, rowId, sealed, place, shopId } = secret;
  const changed = await sql(
    `UPDATE ${store.table} SET ${column} = $3 WHERE ${store.isRow} AND ${column} = $2 RETURNING 1 AS done`,
    [rowId, sealed, ctx.vault.seal(plain, place)],
  );
  if (changed.length === 0) {
    return 0;
  }
  if (shopId !== null) {
    const action = 'replace encryption key';
    await writeAudit(sql, shopId, { actor, action, subject: secret.what, changes: [] });
  }
  return 1;
}

function openOrNull(ctx: Context, { sealed, place }: SealedSecret): string | null {
  try {
    return ctx.vault.open(sealed, place);
  } catch {
    // What does not open is the finding that is reported.
    return null;
  }
}
