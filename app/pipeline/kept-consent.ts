import type { CompiledRules } from '../domain/mapping.ts';
import type { ConsentIntent, ConsentWish, MappedCustomer } from '../domain/records.ts';
import { isOfBulkRules } from './bulk-rules.ts';

/** What the database holds of a customer's consent: what Apparel21 says, and what was acted upon. */
export type StoredConsent = {
  rules_hash: string;
  consent_email: string | null;
  consent_email_done: string | null;
  consent_sms: string | null;
  consent_sms_done: string | null;
  source_updated_at: Date | null;
};

/**
 * A row older than one that came before (an old export that came again) subscribes nobody. An opt-out counts all the same.
 * `isLate`: its file was written before the one that the stored row comes from, which tells where the rows' own times do not.
 */
export function keepLaterConsent(stored: StoredConsent, of: MappedCustomer, isLate: boolean): void {
  // The bulk lane says nothing about consent: nothing was said before.
  if (
    of.outcome !== 'mapped' ||
    isOfBulkRules(stored.rules_hash) ||
    !isOlder(of.updatedAt, stored.source_updated_at, isLate)
  ) {
    return;
  }
  const kept = {
    email: laterWish(of.consent.email, stored.consent_email),
    sms: laterWish(of.consent.sms, stored.consent_sms),
  };
  if (kept.email !== of.consent.email || kept.sms !== of.consent.sms) {
    Object.assign(of.consent, kept);
    of.warnings.push({
      severity: 'warning',
      code: 'older_row',
      message:
        'This row is older than one that came before and says yes to marketing, which did not. It subscribes nobody; the later word counts.',
    });
  }
}

function isOlder(updatedAt: string | null, before: Date | null, isLate: boolean): boolean {
  const time = updatedAt === null ? Number.NaN : Date.parse(updatedAt);
  return before === null || Number.isNaN(time) || time === before.getTime()
    ? isLate
    : time < before.getTime();
}

function laterWish(wish: ConsentWish | undefined, stored: string | null): ConsentWish | undefined {
  return wish === 'subscribe' && stored !== wish ? (stored === 'unsubscribe' ? stored : undefined) : wish;
}

/**
 * A blank cell is no opinion and takes nothing back: an opt-out that was not acted upon yet stays to be done, as long as
 * rules read the channel at all.
 */
export function keepOpenOptOuts(stored: StoredConsent, of: MappedCustomer, rules: CompiledRules): void {
  if (of.outcome !== 'mapped') {
    return;
  }
  const open = openOptOuts(stored);
  for (const channel of ['email', 'sms'] as const) {
    if (
      open[channel] !== undefined &&
      rules.targets.customer.some(({ text }) => text === `consent.${channel}`)
    ) {
      of.consent[channel] ??= open[channel];
    }
  }
}

/** The opt-outs of a stored customer that were not acted upon yet. */
export function openOptOuts(
  stored: Omit<StoredConsent, 'rules_hash' | 'source_updated_at'>,
): Pick<ConsentIntent, 'email' | 'sms'> {
  return {
    ...(isOpenOptOut(stored.consent_email, stored.consent_email_done) ? { email: 'unsubscribe' } : {}),
    ...(isOpenOptOut(stored.consent_sms, stored.consent_sms_done) ? { sms: 'unsubscribe' } : {}),
  };
}

function isOpenOptOut(wish: string | null, done: string | null): boolean {
  return wish === 'unsubscribe' && done !== wish;
}
