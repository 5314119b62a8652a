/** How CSV bytes become rows; types only. */

export type CsvFormat = {
  encoding: 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  delimiter: ',' | ';' | '\t' | '|';
  newline: '\n' | '\r\n' | '\r';
  header: string[];
};

export type CsvRow = {
  /** Physical line on which the row starts; the header is line 1. */
  line: number;
  cells: string[];
  problem?: 'too-few-cells' | 'too-many-cells';
};

export type CsvLineOptions = {
  /**
   * For cells that people open in a spreadsheet: what would run as a formula gets a leading apostrophe
   * (https://owasp.org/www-community/attacks/CSV_Injection). Off for cells that programs read.
   */
  guardFormulas?: boolean;
};

export type CsvPort = {
  /** Reads encoding, delimiter, newline and header. Errors: AppError `csv_empty`, `csv_encoding`. */
  sniff(path: string, name: string): Promise<CsvFormat>;
  /** Calls `onRows` with rows in order and waits for it; memory is flat. Errors: AppError `csv_quotes`, `csv_encoding`. */
  read(
    path: string,
    format: CsvFormat,
    onRows: (rows: CsvRow[]) => Promise<void> | void,
    options?: { name?: string; chunkRows?: number; signal?: AbortSignal },
  ): Promise<void>;
  /** One line of CSV without its line break. Cells are quoted where a reader could take them for something else. */
  line(cells: readonly string[], delimiter?: CsvFormat['delimiter'], options?: CsvLineOptions): string;
};
