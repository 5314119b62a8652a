import type { Context } from '../context.ts';
import type { CurrentShop } from '../services/current-shop.server.ts';

export type SetUpStep = {
  key: 'sftp' | 'connection' | 'columns' | 'mapping' | 'test-file' | 'switch-on';
  isDone: boolean;
};

/**
 * The steps from an empty shop to a running sync, each told from what is really there. Null when all are done and a first
 * file has gone through, or when a person put the guide away.
 */
export async function setUpSteps(ctx: Context, shop: CurrentShop): Promise<SetUpStep[] | null> {
  const [state] = await ctx.db.sql<{
    dismissed: boolean;
    sftp: boolean;
    connection: boolean;
    columns: boolean;
    mapping: boolean;
    test_file: boolean;
  }>(
    `SELECT t.guide_dismissed AS dismissed,
            EXISTS (SELECT 1 FROM sftp_account a WHERE a.shop_id = $1 AND a.host_key IS NOT NULL) AS sftp,
            EXISTS (SELECT 1 FROM connection c WHERE c.shop_id = $1 AND c.removed_at IS NULL AND c.mode <> 'sample'
                       AND c.key_refused_at IS NULL) AS connection,
            EXISTS (SELECT 1 FROM audit_log l WHERE l.shop_id = $1 AND l.action IN ('save columns', 'apply'))
              OR ${hasFile(`f.format IS NOT NULL AND f.problem->>'code' IS DISTINCT FROM 'missing_column'`)} AS columns,
            EXISTS (SELECT 1 FROM mapping m WHERE m.shop_id = $1 AND m.enabled) AS mapping,
            ${hasFile(`f.status IN ('previewed', 'archived', 'imported', 'duplicate')`)} AS test_file
       FROM shop_settings t WHERE t.shop_id = $1`,
    [shop.id],
  );
  if (state === undefined || state.dismissed) {
    return null;
  }
  const steps: SetUpStep[] = [
    { key: 'sftp', isDone: state.sftp },
    { key: 'connection', isDone: state.connection },
    { key: 'columns', isDone: state.columns },
    { key: 'mapping', isDone: state.mapping },
    { key: 'test-file', isDone: state.test_file },
    { key: 'switch-on', isDone: shop.dataSync && state.connection },
  ];
  return steps.every(({ isDone }) => isDone) ? null : steps;
}

/** SQL: a real connection of the shop `$1` has a file `f` of which this holds. */
function hasFile(condition: string): string {
  return `EXISTS (SELECT 1 FROM connection c JOIN source_file f ON f.connection_id = c.id
                   WHERE c.shop_id = $1 AND c.removed_at IS NULL AND c.mode <> 'sample' AND ${condition})`;
}
