import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import type { FieldProblem } from '../domain/form-answer.ts';
import type { SftpSettings } from '../domain/ports/sftp.ts';
import { readSftpForm, type SftpAddress } from '../domain/read-sftp-form.ts';
import type { SftpForm } from '../domain/sftp-form.ts';
import { readSftpSettings } from '../pipeline/load-connections.ts';
import { lookAtFolders, withSftp, type Folder } from './sftp-session.server.ts';

export type SftpTest =
  | {
      outcome: 'works';
      /** The fingerprint that the server showed. */
      hostKey: string;
      /** True when it is the one that a person has confirmed. */
      isConfirmed: boolean;
      connections: { name: string; folders: Folder[] }[];
      /** Folders at the top of the server, as long as no connection names any. */
      topFolders: string[];
    }
  | { outcome: 'host-key-changed'; shown: string; confirmed: string }
  | { outcome: 'unreachable'; message: string }
  | { outcome: 'refused'; problems: FieldProblem[] };

/**
 * Logs in with what is typed, secrets that are not typed taken from the store, and lists the folders of every connection.
 * Nothing is stored, no fingerprint is pinned. What is wrong comes back beside its field.
 */
export async function testSftp(ctx: Context, shopId: string, form: SftpForm): Promise<SftpTest> {
  const stored = await readSftpSettings(ctx, shopId);
  const read = readSftpForm(form, storedPart(stored));
  if (!read.ok) {
    return { outcome: 'refused', problems: read.problems };
  }
  const connections = await ctx.db.sql<{ name: string; directory: string }>(
    `SELECT name, directory FROM connection
      WHERE shop_id = $1 AND removed_at IS NULL AND mode <> 'sample' ORDER BY position, name`,
    [shopId],
  );
  const settings = typedSettings(form, read.address, stored);
  try {
    return await withSftp(ctx, settings, async (session) => {
      const top = connections.length > 0 ? [] : await session.list('/');
      return {
        outcome: 'works' as const,
        hostKey: session.hostKey,
        // A server may prove the confirmed key although it shows another one first.
        isConfirmed: settings.hostKey !== null,
        connections: await Promise.all(
          connections.map(async ({ name, directory }) => ({
            name,
            folders: await lookAtFolders(session, directory),
          })),
        ),
        topFolders: top.filter((file) => file.isDirectory).map((file) => file.path),
      };
    });
  } catch (error) {
    return explain(error, form, settings);
  }
}

/** What decides about a form, without secrets. */
export function storedPart(stored: SftpSettings | null) {
  return stored === null
    ? null
    : {
        host: stored.host,
        port: stored.port,
        hasPassword: stored.password !== undefined,
        hasPrivateKey: stored.privateKey !== undefined,
      };
}

/** The login that a form stands for. */
export function typedSettings(
  form: SftpForm,
  address: SftpAddress,
  stored: SftpSettings | null,
): SftpSettings {
  const isSameServer = stored?.host === address.host && stored.port === address.port;
  // What is pinned stays pinned until a person trusts another fingerprint.
  const hostKey = form.hostKey !== '' ? form.hostKey : isSameServer ? stored.hostKey : null;
  if (form.login === 'password') {
    return { ...address, password: form.password ?? stored?.password, hostKey };
  }
  // A passphrase belongs to its key: a new key does not take the old one's.
  const passphrase = form.passphrase ?? (form.privateKey === null ? stored?.passphrase : undefined);
  return {
    ...address,
    privateKey: form.privateKey ?? stored?.privateKey,
    passphrase: passphrase === '' ? undefined : passphrase,
    hostKey,
  };
}

function explain(error: unknown, form: SftpForm, settings: SftpSettings): SftpTest {
  if (!isAppError(error)) {
    throw error;
  }
  switch (error.code) {
    case 'sftp_host_key_changed': {
      // Both stand in the message, which the adapter writes for the log.
      const [, shown = ''] = /host key is (SHA256:\S+),/.exec(error.message) ?? [];
      return { outcome: 'host-key-changed', shown, confirmed: settings.hostKey ?? '' };
    }
    case 'sftp_login_refused': {
      const field = form.login === 'password' ? 'password' : 'privateKey';
      return { outcome: 'refused', problems: [{ field, message: error.hint }] };
    }
    case 'sftp_private_key':
      return { outcome: 'refused', problems: [{ field: 'privateKey', message: error.hint }] };
    case 'sftp_unreachable': {
      const message = `The SFTP server ${settings.host}:${settings.port} does not answer. Check address and port, and whether its firewall lets Threadline in.`;
      return { outcome: 'unreachable', message };
    }
    default:
      return { outcome: 'refused', problems: [{ field: 'host', message: error.hint }] };
  }
}
