/** How a row of somebody who was erased stands among a file's problems: without anything that it said. */
export const ERASED = {
  code: 'erased',
  message: 'Erased person: this row is left out, and nothing that it said is kept.',
} as const;
