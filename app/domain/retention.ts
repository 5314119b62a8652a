/**
 * How long rows are kept, days. What a page or a decision needs is never among what goes: records stay for ever, and so do
 * the newest consent decision of each person and the requests that carried consent (they prove it, and later decisions ask
 * what our own last call was).
 */
export const RETENTION_DAYS = {
  /** Downloads are good for a minute; a day leaves room to say that one has expired. */
  expiredDownload: 1,
  /** Shopify repeats a webhook for 48 hours. */
  webhookReceipt: 30,
  finishedTask: 90,
  resolvedAlert: 180,
  /** Rejected rows and warnings of files: the file's page has none to show afterwards, only its balance. */
  recordError: 180,
  /** Requests whose records are all settled: the record's page shows the attempts of this time. */
  settledBatch: 180,
  /** A value that no file has had for so long waits for no translation. */
  unseenTranslation: 180,
  /** Decisions that a newer one of the same person and channel has replaced. */
  replacedDecision: 730,
  /** Who changed what. */
  auditLog: 730,
} as const;
