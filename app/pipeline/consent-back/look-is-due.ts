/** SQL: it is time to look who left in Klaviyo, by the connection's own choice or because a person asked. */
export function consentLookIsDue(connection: string): string {
  const lookedBefore = (interval: string) =>
    `coalesce(${connection}.consent_looked_at, '-infinity') < now() - interval '${interval}'`;
  return `(${connection}.consent_wanted_at IS NOT NULL
    OR (${connection}.consent_back = 'daily' AND ${lookedBefore('24 hours')})
    OR (${connection}.consent_back = 'hourly' AND ${lookedBefore('1 hour')}))`;
}

/** Cause of the alert that Apparel21 could not be told. */
export function consentBackCause(connectionId: string): string {
  return `consent-back:${connectionId}`;
}
