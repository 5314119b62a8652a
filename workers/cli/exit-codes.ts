/** Exit codes of the command line. */
export const EXIT = {
  done: 0,
  /** A held file, failed records, a refused key. */
  needsPerson: 1,
  /** Wrong use or bad configuration. */
  wrongUse: 2,
  /** A service does not answer. */
  unreachable: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
