import type { CsvPort } from '#app/domain/ports/csv.ts';
import { readCsv } from './csv-read.server.ts';
import { sniffCsv } from './csv-sniff.server.ts';
import { csvLine } from './csv-write.server.ts';

export { readCsv, type ReadCsvOptions } from './csv-read.server.ts';
export { sniffCsv } from './csv-sniff.server.ts';

/** CSV bytes of any dialect that Apparel21's exports come in → rows, and rows → lines of CSV. */
export const csvAdapter: CsvPort = { sniff: sniffCsv, read: readCsv, line: csvLine };
