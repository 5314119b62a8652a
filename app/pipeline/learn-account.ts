import type { Context } from '../context.ts';
import { AppError } from '../domain/errors.ts';
import { ACCOUNT_REQUEST, readAccount, type KlaviyoAccount } from '../domain/klaviyo-account.ts';
import { keyPlace, type ConnectionScope } from './load-connections.ts';

/** The push waits for the answer; without one it goes on. */
const PATIENCE_MS = 10_000;

/**
 * Asks Klaviyo whose the connection's key is, when nobody knows: connections of one account share its limits only when they
 * know that they do. A key that may not say (no `accounts:read`) is asked again after a day; without an answer the next pass
 * asks. Safe to repeat; a key that is replaced meanwhile is not touched.
 * Errors: AppError `klaviyo_other_account` (a person): the key is new and not of the account to which was sent so far;
 * `klaviyo_unreachable` (later): nobody knows yet whether it is.
 */
export async function learnAccount(ctx: Context, scope: ConnectionScope): Promise<void> {
  const [row] = await ctx.db.sql<Row>(
    `SELECT sealed_key, account_id, account_name,
            EXISTS (SELECT 1 FROM push_batch b WHERE b.connection_id = c.id AND b.status IN ('accepted', 'done')) AS has_sent
       FROM connection c
      WHERE shop_id = $1 AND id = $2
        AND (account_asked_at IS NULL OR (account_id IS NULL AND account_asked_at < now() - interval '1 day'))`,
    [scope.shopId, scope.id],
  );
  if (row === undefined) {
    return;
  }
  const key = ctx.vault.open(row.sealed_key, keyPlace(scope.shopId, scope.id));
  const answer = await ctx.klaviyo.connect(key).send(ACCOUNT_REQUEST, AbortSignal.timeout(PATIENCE_MS));
  const isNewKey = row.account_id !== null && row.has_sent;
  if (answer.outcome !== 'answered') {
    if (isNewKey) {
      throw unknownAccount(scope, row);
    }
    return;
  }
  const account = answer.status === 200 ? readAccount(answer.body) : null;
  if (account !== null && isNewKey && account.id !== row.account_id) {
    throw otherAccount(scope, row, account);
  }
  await ctx.db.sql(
    // Another account has other lists, and its own people who left.
    `UPDATE connection SET account_asked_at = now(), account_id = coalesce($4, account_id), account_name = coalesce($5, account_name),
            list_ids = CASE WHEN ${IS_SAME} THEN list_ids ELSE '{}' END,
            consent_mark_email = CASE WHEN ${IS_SAME} THEN consent_mark_email END,
            consent_mark_sms = CASE WHEN ${IS_SAME} THEN consent_mark_sms END,
            consent_look = CASE WHEN ${IS_SAME} THEN consent_look END
      WHERE shop_id = $1 AND id = $2 AND sealed_key = $3 AND account_id IS NOT DISTINCT FROM $6`,
    [scope.shopId, scope.id, row.sealed_key, account?.id ?? null, account?.name ?? null, row.account_id],
  );
}

const IS_SAME = '(account_id IS NULL OR coalesce($4, account_id) = account_id)';

type Row = { sealed_key: string; account_id: string | null; account_name: string | null; has_sent: boolean };

/** A key that nobody tried before it was stored. What is synced is in the first account; mixing two cannot be undone. */
function otherAccount(scope: ConnectionScope, row: Row, account: KlaviyoAccount): AppError {
  return new AppError({
    code: 'klaviyo_other_account',
    retry: 'person',
    message: `connection ${scope.id} has a key of another account`,
    hint: `The private key of "${scope.name}" belongs to the account ${account.name ?? account.id}; until now this connection sent to ${row.account_name ?? row.account_id}. Nothing is sent, so that the two do not mix. Enter a key of the first account in Settings. To fill the other account, add a new connection for it. To go on there with what is still to be sent, enter this key in Settings and confirm it.`,
  });
}

/** What went to a wrong account cannot be taken back; what waits for a pass is lost by nobody. */
function unknownAccount(scope: ConnectionScope, row: Row): AppError {
  return new AppError({
    code: 'klaviyo_unreachable',
    retry: 'later',
    message: `no answer whose the new key of connection ${scope.id} is`,
    hint: `The private key of "${scope.name}" was entered anew, and Klaviyo does not answer whether it belongs to the account ${row.account_name ?? row.account_id}, to which this connection sent until now. Nothing is sent before that is known; the next pass asks again.`,
  });
}
