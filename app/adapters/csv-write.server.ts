import type { CsvFormat, CsvLineOptions } from '#app/domain/ports/csv.ts';

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
