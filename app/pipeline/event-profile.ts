/**
 * SQL: the phone number of a customer belongs to another profile and was left out of theirs: nothing may be addressed by it.
 */
export function phoneIsLeftOut(customer: string): string {
  return `coalesce(${customer}.reason->'leftOut' ? 'phone_number', false)`;
}

/** SQL: by what the events of a customer find their profile in Klaviyo. `key` = Apparel21's key, for who is not known. */
export function eventProfile(customer: string, key: string): string {
  return `${customer}.email, CASE WHEN NOT ${phoneIsLeftOut(customer)} THEN ${customer}.phone END AS phone,
    coalesce(${customer}.payload->'attributes'->>'external_id', ${key}) AS profile_id`;
}
