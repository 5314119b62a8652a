/** Exit codes of the command line. */
export const EXIT = {
  done: 0,
  /** A held file, failed records, a refused key. */
  needsPerson: 1,
  /** Wrong use or bad configuration. */
  wrongUse: 2,
  /** A service does not answer. */
  unreachable: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const UNREACHABLE = new Set([
  'sftp_unreachable',
  'klaviyo_unreachable',
  'database_unreachable',
  'queue_unreachable',
]);

const WRONG_USE = new Set([
  'bad_environment',
  'schema_outdated',
  'bad_shop_file',
  'unknown_shop',
  'unknown_connection',
  'wrong_use',
  'local-klaviyo-options',
  'local_login_refused',
  'shopify_settings_missing',
  'web_build_missing',
  'port_taken',
  'wrong_encryption_key',
  'database_too_old',
  'migration_changed',
  'migration_failed',
]);

/** What the process exits with for an error of that code. */
export function exitCodeOf(code: string): ExitCode {
  if (UNREACHABLE.has(code)) {
    return EXIT.unreachable;
  }
  return WRONG_USE.has(code) ? EXIT.wrongUse : EXIT.needsPerson;
}
