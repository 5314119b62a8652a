/**
 * A person of the bulk lane is mapped without consent and list. Their hash of rules says so: in the pending lane the same row
 * has to be mapped anew, however long ago the record's own flag fell.
 */
const MARK = ' bulk';

/** The hash of rules under which the bulk lane maps people. */
export function bulkRulesHash(rulesHash: string): string {
  return `${rulesHash}${MARK}`;
}

/** Whether a person was mapped for the bulk lane last: nothing was ever said about their consent there. */
export function isOfBulkRules(rulesHash: string): boolean {
  return rulesHash.endsWith(MARK);
}

/** SQL: the same of customer `t`. */
export const HAS_BULK_RULES = `t.rules_hash LIKE '%${MARK}'`;
