/** Where a person mends what an alert is about: one link. */
export type AlertAction = { content: string; url: string };

export type AlertPlace = {
  /** Kind and id of what it is about: `push:<connection>`, `file:<file>`. */
  cause: string;
  code: string;
  connection: { id: string } | null;
};

const SFTP_CODES = new Set([
  'sftp_host_key_changed',
  'sftp_login_refused',
  'sftp_private_key',
  'sftp_private_host',
  'sftp_no_subsystem',
  'sftp_handshake',
  'sftp_unreachable',
  'sftp_missing',
  'sftp_failed',
  'sftp_permission_denied',
]);
const CONNECTION_CODES = new Set([
  'klaviyo_key_refused',
  'klaviyo_key_malformed',
  'klaviyo_scope_missing',
  'klaviyo_list',
  'sftp_folder_missing',
  'unsealable',
]);
const MAPPING_CODES = new Set(['bad_template', 'bad_target', 'bad_rules', 'bad_condition']);

/** The one page on which an alert is mended, by what it is about; null when nobody has to do anything. */
export function alertAction({ cause, code, connection }: AlertPlace): AlertAction | null {
  const fileId = /^[\w-]*file[\w-]*:([0-9a-f-]{36})$/.exec(cause)?.[1];
  if (fileId !== undefined) {
    return { content: 'Open file', url: `/app/files/${fileId}` };
  }
  if (/^(erasure|data-request):/.test(cause)) {
    return { content: 'Open privacy', url: '/app/settings/privacy' };
  }
  if (SFTP_CODES.has(code)) {
    return { content: 'SFTP settings', url: '/app/settings/sftp' };
  }
  if (CONNECTION_CODES.has(code) && connection !== null) {
    return { content: 'Connection settings', url: `/app/settings/connections/${connection.id}` };
  }
  if (MAPPING_CODES.has(code)) {
    return { content: 'Open mappings', url: '/app/mappings' };
  }
  if (/expect|overdue|missing_file/.test(`${cause} ${code}`)) {
    return { content: 'Open files', url: '/app/files' };
  }
  return null;
}
