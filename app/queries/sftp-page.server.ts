import type { Context } from '../context.ts';
import type { SftpForm } from '../domain/sftp-form.ts';
import { shopTime } from './shop-time.ts';

export type SftpPage = {
  form: SftpForm;
  /** What is stored; null = no account yet. The secrets themselves never leave the server. */
  stored: {
    hasPassword: boolean;
    hasPrivateKey: boolean;
    hasPassphrase: boolean;
    pinnedAt: string | null;
  } | null;
  /** True while the pipeline keeps away because the server shows another fingerprint. */
  isHostKeyChanged: boolean;
  connections: { name: string; directory: string }[];
};

/** The SFTP account as its page shows it. */
export async function sftpPage(ctx: Context, shop: { id: string; timezone: string }): Promise<SftpPage> {
  const [[row], alerts, connections] = await Promise.all([
    ctx.db.sql<{
      host: string;
      port: number;
      username: string;
      has_password: boolean;
      has_private_key: boolean;
      has_passphrase: boolean;
      host_key: string | null;
      host_key_pinned_at: Date | null;
    }>(
      `SELECT host, port, username, host_key, host_key_pinned_at, sealed_password IS NOT NULL AS has_password,
              sealed_private_key IS NOT NULL AS has_private_key, sealed_passphrase IS NOT NULL AS has_passphrase
         FROM sftp_account WHERE shop_id = $1`,
      [shop.id],
    ),
    ctx.db.sql(
      `SELECT 1 FROM alert WHERE shop_id = $1 AND resolved_at IS NULL AND code = 'sftp_host_key_changed' LIMIT 1`,
      [shop.id],
    ),
    ctx.db.sql<{ name: string; directory: string }>(
      `SELECT name, directory FROM connection
        WHERE shop_id = $1 AND removed_at IS NULL AND mode <> 'sample' ORDER BY position, name`,
      [shop.id],
    ),
  ]);
  const isHostKeyChanged = alerts.length > 0;
  if (row === undefined) {
    const form: SftpForm = {
      ...{ host: '', port: '22', username: '', login: 'password' as const, hostKey: '' },
      ...{ password: '', privateKey: '', passphrase: '', acceptsUntested: false },
    };
    return { form, stored: null, isHostKeyChanged, connections };
  }
  const form: SftpForm = {
    host: row.host,
    port: String(row.port),
    username: row.username,
    login: row.has_private_key ? 'key' : 'password',
    password: row.has_password ? null : '',
    privateKey: row.has_private_key ? null : '',
    passphrase: row.has_private_key ? null : '',
    hostKey: row.host_key ?? '',
    acceptsUntested: false,
  };
  return {
    form,
    stored: {
      hasPassword: row.has_password,
      hasPrivateKey: row.has_private_key,
      hasPassphrase: row.has_passphrase,
      pinnedAt: row.host_key_pinned_at === null ? null : shopTime(row.host_key_pinned_at, shop.timezone),
    },
    isHostKeyChanged,
    connections,
  };
}
