/**
 * SQL: a consent opinion of Apparel21 is due: it differs from the one that was acted upon, and there is an address to act
 * on. Without an address it stays undone until one arrives. `row` holds the opinion, `done` what was acted upon.
 */
export function consentIsDue(row: string, done = row): string {
  return `(${channelIsDue(row, done, 'email', 'email')} OR ${channelIsDue(row, done, 'sms', 'phone')})`;
}

/**
 * SQL: the person has not joined the list of their newest row yet. Somebody who was taken off it in Klaviyo has joined it
 * once. `row` names the list, `done` the one that was joined last.
 */
export function listIsDue(row: string, done = row): string {
  return `(${row}.list_name IS NOT NULL AND ${row}.list_name IS DISTINCT FROM ${done}.synced_list_name)`;
}

/**
 * SQL: the same of one channel. An opt-out also reaches the last address that is known; a yes is about the address that stands
 * beside it, and waits for one where the newest row has none.
 */
export function channelIsDue(
  row: string,
  done: string,
  channel: 'email' | 'sms',
  address: 'email' | 'phone',
): string {
  return `(coalesce(${row}.${address}, ${done}.${address}) IS NOT NULL AND ${row}.consent_${channel} IS NOT NULL
    AND ${row}.consent_${channel} IS DISTINCT FROM ${done}.consent_${channel}_done
    AND (${row}.consent_${channel} <> 'subscribe' OR ${namesAddress(row, address)}))`;
}

/** SQL: the person's newest row has an address of its own; the column may hold one from an earlier row. */
export function namesAddress(row: string, address: 'email' | 'phone'): string {
  return `(${row}.payload->'attributes'->>'${address === 'email' ? 'email' : 'phone_number'}' IS NOT NULL)`;
}
