/** A column name that cannot be used: it is missing, or an earlier column has it too. */
export type HeaderProblem = {
  /** 1-based number of the column. */
  column: number;
  name: string;
  problem: 'blank' | 'duplicate';
};

/** Blank and repeated names of a header, compared as columns are matched: without case and surrounding blanks. */
export function headerProblems(header: string[]): HeaderProblem[] {
  const seen = new Set<string>();
  const problems: HeaderProblem[] = [];
  for (const [index, name] of header.entries()) {
    const plain = name.trim().toLowerCase();
    if (plain === '') {
      problems.push({ column: index + 1, name, problem: 'blank' });
    } else if (seen.has(plain)) {
      problems.push({ column: index + 1, name, problem: 'duplicate' });
    }
    seen.add(plain);
  }
  return problems;
}
