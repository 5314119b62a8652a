/** A file under this share of the usual rows is held. */
const ROW_SHARE_LIMIT = 0.5;
/** More consent changes than this share of the known customers hold the file. */
export const CONSENT_SHARE_LIMIT = 0.2;
/** Below this many rows or customers a share says nothing. */
const SMALLEST_USUAL = 100;
/** So many full exports in a row make a habit. */
const FULL_EXPORTS_NEEDED = 2;
/** A file with this share of the known customers counts as a full export. */
const FULL_EXPORT_SHARE = 0.8;

/**
 * Judges the number of rows against the recent customers files (newest first). Only a connection that gets full exports
 * has a usual size: at least the two newest files held most of the known customers. Null = fine.
 */
export function judgeRowCount(input: {
  rows: number;
  recent: readonly number[];
  known: number;
}): { usual: number } | null {
  const newest = input.recent.slice(0, FULL_EXPORTS_NEEDED);
  const getsFullExports =
    newest.length === FULL_EXPORTS_NEEDED && newest.every((rows) => rows >= input.known * FULL_EXPORT_SHARE);
  if (!getsFullExports) {
    return null;
  }
  const sorted = [...input.recent].sort((a, b) => a - b);
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return usual >= SMALLEST_USUAL && input.rows < usual * ROW_SHARE_LIMIT ? { usual } : null;
}

/** True when so many known customers change their consent at once that a person should look first. */
export function judgeConsentShare(input: { changes: number; known: number }): boolean {
  return input.known >= SMALLEST_USUAL && input.changes > input.known * CONSENT_SHARE_LIMIT;
}
