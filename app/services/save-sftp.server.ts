import type { Context, Sql } from '../context.ts';
import { changesBetween } from '../domain/config-changes.ts';
import { refusal, type FieldProblem, type FormAnswer } from '../domain/form-answer.ts';
import type { SftpSettings } from '../domain/ports/sftp.ts';
import { readSftpForm } from '../domain/read-sftp-form.ts';
import type { SftpForm } from '../domain/sftp-form.ts';
import { readSftpSettings, sftpPlace } from '../pipeline/load-connections.ts';
import { storedPart, testSftp, typedSettings } from './test-sftp.server.ts';
import { wakeShop } from './wake-connections.server.ts';
import { writeAudit } from './write-audit.server.ts';

/**
 * Stores the SFTP account when the server lets it in and a person has confirmed the server's fingerprint. A server that does
 * not answer may be stored untested (`acceptsUntested`); a fingerprint that nobody confirmed is then pinned at first
 * contact. Another server has another fingerprint: the old one goes.
 */
export async function saveSftp(
  ctx: Context,
  shopId: string,
  input: { form: SftpForm; actor: string },
): Promise<FormAnswer> {
  const { form, actor } = input;
  const stored = await readSftpSettings(ctx, shopId);
  const read = readSftpForm(form, storedPart(stored));
  if (!read.ok) {
    return { ok: false, problems: read.problems };
  }
  const problem = form.acceptsUntested ? null : await tryLogin(ctx, shopId, form);
  if (problem !== null) {
    return { ok: false, problems: problem };
  }
  const typed = typedSettings(form, read.address, stored);
  const isSaved = await ctx.db.transaction('save SFTP account', async (sql) => {
    await sql('SELECT 1 FROM shop WHERE id = $1 FOR NO KEY UPDATE', [shopId]);
    const isSame = await isUnchanged(sql, shopId, stored);
    if (isSame) {
      await write(ctx, sql, shopId, typed);
      await writeAudit(sql, shopId, {
        actor,
        action: 'save SFTP account',
        subject: `${typed.username} at ${typed.host}`,
        changes: changesBetween(stored === null ? null : plain(stored), plain(typed)),
      });
    }
    return isSame;
  });
  if (!isSaved) {
    return refusal('Somebody else saved the SFTP account meanwhile. Reload the page and look at it first.');
  }
  await wakeShop(ctx, shopId);
  return { ok: true, message: 'SFTP account saved' };
}

async function tryLogin(ctx: Context, shopId: string, form: SftpForm): Promise<FieldProblem[] | null> {
  const test = await testSftp(ctx, shopId, form);
  switch (test.outcome) {
    case 'refused':
      return test.problems;
    case 'unreachable':
      return [{ field: 'acceptsUntested', message: test.message }];
    case 'host-key-changed': {
      const message = `The server shows the fingerprint ${test.shown}, not the confirmed ${test.confirmed}. Nothing was sent to it. Ask its owner before you trust the new one.`;
      return [{ field: 'hostKey', message }];
    }
    case 'works': {
      const message = `The server shows the fingerprint ${test.hostKey}. Compare it with what its owner told you, and confirm it.`;
      return test.isConfirmed ? null : [{ field: 'hostKey', message }];
    }
  }
}

/** The address decides where a stored password goes: it must be the one that was looked at. */
async function isUnchanged(sql: Sql, shopId: string, stored: SftpSettings | null): Promise<boolean> {
  const [row] = await sql<{ host: string; port: number }>(
    'SELECT host, port FROM sftp_account WHERE shop_id = $1',
    [shopId],
  );
  return row?.host === stored?.host && row?.port === stored?.port;
}

async function write(ctx: Context, sql: Sql, shopId: string, settings: SftpSettings): Promise<void> {
  const seal = (secret: string | undefined, column: Parameters<typeof sftpPlace>[1]) =>
    secret === undefined ? null : ctx.vault.seal(secret, sftpPlace(shopId, column));
  await sql(
    `INSERT INTO sftp_account (shop_id, host, port, username, sealed_password, sealed_private_key, sealed_passphrase, host_key,
       host_key_pinned_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN $8::text IS NOT NULL THEN now() END)
     ON CONFLICT (shop_id) DO UPDATE SET host = EXCLUDED.host, port = EXCLUDED.port, username = EXCLUDED.username,
       sealed_password = EXCLUDED.sealed_password, sealed_private_key = EXCLUDED.sealed_private_key,
       sealed_passphrase = EXCLUDED.sealed_passphrase, host_key = EXCLUDED.host_key,
       host_key_pinned_at = CASE WHEN sftp_account.host_key = EXCLUDED.host_key THEN sftp_account.host_key_pinned_at
         ELSE EXCLUDED.host_key_pinned_at END`,
    [
      shopId,
      settings.host,
      settings.port,
      settings.username,
      seal(settings.password, 'sealed_password'),
      seal(settings.privateKey, 'sealed_private_key'),
      seal(settings.passphrase, 'sealed_passphrase'),
      settings.hostKey,
    ],
  );
  // What stood between the account and the server is looked at anew by the next pass.
  await sql(
    `UPDATE alert SET resolved_at = now()
      WHERE shop_id = $1 AND resolved_at IS NULL AND code IN ('sftp_host_key_changed', 'sftp_login_refused', 'sftp_private_key', 'sftp_private_host', 'sftp_missing')`,
    [shopId],
  );
}

/** What the audit trail compares, by the names that tell it what is secret. */
function plain({ host, port, username, password, privateKey, passphrase, hostKey }: SftpSettings): object {
  return { host, port, username, password, privateKey, passphrase, hostKey: hostKey ?? undefined };
}
