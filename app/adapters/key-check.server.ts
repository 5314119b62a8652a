import type { Sql, Vault } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';

const PLACE = 'key_check/sealed/1';
const WORD = 'threadline';

/**
 * Makes sure, before any work is done, that these keys open what this database holds: a value of ours, sealed at the first
 * start, or, where that is missing, a stored key of a connection (`placeOf` = where it stands). What an older key sealed is
 * sealed anew with the first one, so that the older one can be taken away some day.
 * Errors: AppError `wrong_encryption_key`.
 */
export async function checkKeys(
  sql: Sql,
  vault: Vault,
  placeOf: (shopId: string, connectionId: string) => string,
): Promise<void> {
  const [known] = await sql<{ sealed: string }>('SELECT sealed FROM key_check WHERE id = 1');
  if (known === undefined) {
    const [stored] = await sql<{ shop_id: string; id: string; sealed_key: string }>(
      'SELECT shop_id, id, sealed_key FROM connection WHERE removed_at IS NULL ORDER BY created_at DESC LIMIT 1',
    );
    if (stored !== undefined) {
      assertOpens(vault, stored.sealed_key, placeOf(stored.shop_id, stored.id));
    }
  } else {
    assertOpens(vault, known.sealed, PLACE);
  }
  const sealed = vault.seal(WORD, PLACE);
  if (known === undefined || keyOf(known.sealed) !== keyOf(sealed)) {
    await sql(
      `INSERT INTO key_check (id, sealed) VALUES (1, $1)
       ON CONFLICT (id) DO UPDATE SET sealed = EXCLUDED.sealed WHERE key_check.sealed = $2`,
      [sealed, known?.sealed ?? null],
    );
  }
}

/** The name of the key in `v1.<keyId>.…`. */
function keyOf(sealed: string): string | undefined {
  return sealed.split('.')[1];
}

function assertOpens(vault: Vault, sealed: string, place: string): void {
  try {
    vault.open(sealed, place);
  } catch (cause) {
    throw new AppError({
      code: 'wrong_encryption_key',
      retry: 'person',
      message: `the encryption keys do not open ${place}, which was sealed with the key "${keyOf(sealed) ?? ''}"`,
      hint: `The encryption keys are not the ones that the secrets in this database were sealed with (key "${keyOf(sealed) ?? ''}"). Put that key into THREADLINE_ENCRYPTION_KEYS again, or into keys.json of the data directory where the variable is unset; newer keys may stand before it.`,
      cause,
    });
  }
}
