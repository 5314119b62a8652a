import { deserialize, serialize } from 'node:v8';
import type { Account } from './account.ts';

/** What an account is made of by its options, and so not remembered. */
const GIVEN = ['id', 'name', 'keys', 'keyring'] as const;

/** Everything that the accounts hold, as bytes for `restoreAccounts`: for a stand-in that goes on after a restart. */
export function snapshotAccounts(accounts: readonly Account[]): Buffer {
  return serialize(
    accounts.map((account) => ({
      id: account.id,
      holdings: Object.fromEntries(
        Object.entries(account).filter(([name]) => !GIVEN.some((given) => given === name)),
      ),
    })),
  );
}

/** Gives accounts of the same ids back what they held; others keep what they have. */
export function restoreAccounts(accounts: readonly Account[], bytes: Buffer): void {
  const remembered: unknown = deserialize(bytes);
  if (!Array.isArray(remembered)) {
    return;
  }
  for (const { id, holdings } of remembered) {
    const account = accounts.find((each) => each.id === id);
    if (account !== undefined) {
      Object.assign(account, holdings);
    }
  }
}
