import type { CsvFormat } from '#app/domain/ports/csv.ts';

export type CsvLineOptions = {
  /**
   * For files that people open in a spreadsheet: a cell that would run as a formula gets a leading apostrophe
   * (https://owasp.org/www-community/attacks/CSV_Injection). Off for files that programs read.
   */
  guardFormulas?: boolean;
};

/** One line of CSV without its line break. Cells are quoted where a reader could take them for something else. */
export function csvLine(
  cells: readonly string[],
  delimiter: CsvFormat['delimiter'] = ',',
  options: CsvLineOptions = {},
): string {
  const written = cells.map((cell) => {
    const text = options.guardFormulas === true && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
    const needsQuotes = text.includes(delimiter) || /["\r\n\ufeff]|^\s|\s$/.test(text);
    return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
  });
  // A lone empty cell would be a blank line, which readers leave out.
  return written.length === 1 && written[0] === '' ? '""' : written.join(delimiter);
}
