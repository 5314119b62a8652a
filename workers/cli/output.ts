import type { Writable } from 'node:stream';

/** Where a command prints: results to stdout, everything else to stderr, so that `--json` stays one document. */
export type Output = {
  /** A line of the result. */
  line(text?: string): void;
  json(value: unknown): void;
  /** A remark for the person at the terminal: stderr. */
  note(text: string): void;
};

export function createOutput(stdout: Writable = process.stdout, stderr: Writable = process.stderr): Output {
  return {
    line: (text = '') => void stdout.write(`${text}\n`),
    json: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
  };
}

/**
 * A reader that has seen enough (`| head`) closes the pipe: what is printed from then on is lost, and nothing else. A sync
 * must not stop half-way because nobody reads its balance.
 */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') {
        throw error;
      }
    });
  }
}

/** Rows as columns of a plain table; numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const all = [
    header,
    ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell))),
  ];
  const widths = header.map((_, column) => Math.max(...all.map((row) => String(row[column] ?? '').length)));
  const isNumber = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const text = String(cell);
          const width = widths[column] ?? 0;
          return isNumber[column] ? text.padStart(width) : text.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
