import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import Papa from 'papaparse';
import type { CsvFormat } from '#app/domain/ports/csv.ts';
import { createDecoder } from './csv-decode.server.ts';
import { headerProblems, type HeaderProblem } from './csv-header.server.ts';
import { CsvProblem, csvEmpty, csvError, csvHeader, csvNotText } from './csv-problem.server.ts';
import { readCsv } from './csv-read.server.ts';
import { createRowSplitter } from './csv-rows.server.ts';
import { scanBytes } from './csv-scan.server.ts';

const SAMPLE_BYTES = 256 * 1024;
const DELIMITERS: readonly CsvFormat['delimiter'][] = [',', ';', '\t', '|'];

/** Files that people deliver by mistake under a CSV name, by their first bytes. */
const SIGNATURES: readonly { bytes: number[]; is: string }[] = [
  { bytes: [0x50, 0x4b, 0x03, 0x04], is: 'an Excel workbook or a zip file' },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], is: 'an old Excel workbook' },
  { bytes: [0x1f, 0x8b], is: 'a gzip file' },
  { bytes: [0x25, 0x50, 0x44, 0x46], is: 'a PDF' },
];

export type SniffedCsv = CsvFormat & { headerProblems: HeaderProblem[] };

/**
 * Reads encoding, delimiter, newline and header. The encoding is decided from every byte of the file, the rest from its
 * first 256 KB.
 * Errors: AppError `csv_empty`, `csv_encoding`, `csv_header`, `csv_quotes` (in the header) with file, line and remedy.
 */
export async function sniffCsv(
  path: string,
  name = basename(path),
  signal?: AbortSignal,
): Promise<SniffedCsv> {
  const file = await open(path, 'r');
  try {
    const sample = await readSample(file);
    if (sample.bytes.length === 0) {
      throw csvEmpty(name);
    }
    refuseSignatures(sample.bytes, name);
    const declared = encodingByMark(sample.bytes, name);
    if (declared === 'utf-16le' || declared === 'utf-16be') {
      return layoutOf(sample, declared, name);
    }
    const scan = await scanBytes(file, declared === 'utf-8-bom' ? 3 : 0, signal);
    if (scan.hasNul) {
      refuseUtf16WithoutMark(sample.bytes, name);
    }
    if (scan.isUtf8 && !scan.hasNul) {
      return layoutOf(sample, declared ?? 'utf-8', name);
    }
    // More stray bytes than UTF-8 characters: the stray ones are the letters, and what looks like UTF-8 is old damage.
    const isWindows = declared === null && !scan.hasNul && scan.strayBytes > scan.characters;
    const format = layoutOf(sample, isWindows ? 'windows-1252' : (declared ?? 'utf-8'), name);
    if (!isWindows || scan.hasUnassigned) {
      // The reader knows the exact place of the first bad byte.
      await readCsv(path, format, () => undefined, { name, signal });
      throw csvNotText(name, 'it holds bytes that are no text', 'Export it again as UTF-8.');
    }
    return format;
  } finally {
    await file.close();
  }
}

type Sample = { bytes: Buffer; isWhole: boolean };

async function readSample(file: FileHandle): Promise<Sample> {
  const bytes = Buffer.alloc(SAMPLE_BYTES);
  let length = 0;
  while (length < SAMPLE_BYTES) {
    const { bytesRead } = await file.read(bytes, length, SAMPLE_BYTES - length, length);
    if (bytesRead === 0) {
      return { bytes: bytes.subarray(0, length), isWhole: true };
    }
    length += bytesRead;
  }
  return { bytes, isWhole: false };
}

function refuseSignatures(bytes: Buffer, name: string): void {
  const match = SIGNATURES.find((signature) => signature.bytes.every((byte, at) => bytes[at] === byte));
  if (match !== undefined) {
    throw csvNotText(
      name,
      `this is ${match.is}, not a CSV file`,
      'Deliver the export as plain, uncompressed CSV.',
    );
  }
}

function encodingByMark(bytes: Buffer, name: string): CsvFormat['encoding'] | null {
  if (bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) {
    return 'utf-8-bom';
  }
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark === 0xfffe && bytes.length >= 4 && bytes.readUInt16BE(2) === 0) {
    throw csvNotText(name, 'it is written in UTF-32', 'Export it as UTF-8.');
  }
  return mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : null;
}

/** Latin text in UTF-16 has a NUL in every other byte. */
function refuseUtf16WithoutMark(bytes: Buffer, name: string): void {
  const nulAt = [0, 0];
  for (const [at, byte] of bytes.entries()) {
    if (byte === 0) {
      nulAt[at % 2] = (nulAt[at % 2] ?? 0) + 1;
    }
  }
  if (Math.max(...nulAt) > bytes.length / 5) {
    const remedy = 'Export it as UTF-8, or as UTF-16 with the byte order mark.';
    throw csvNotText(name, 'it looks like UTF-16 without the byte order mark at its beginning', remedy);
  }
}

function layoutOf(sample: Sample, encoding: CsvFormat['encoding'], name: string): SniffedCsv {
  const decoder = createDecoder(encoding);
  const whole = sample.bytes.subarray(decoder.bomBytes);
  const end = whole.length - (whole.length % decoder.unitBytes);
  const text = decoder.textOf(Buffer.from(whole.subarray(0, end)));
  const newline = newlineOf(text);
  const delimiter = delimiterOf(text, newline, sample.isWhole);
  try {
    const [row] = createRowSplitter({ delimiter, newline }, decoder, 1).push(text, true);
    if (row === undefined) {
      throw csvEmpty(name);
    }
    if (row.cells.every((cell) => cell.trim() === '')) {
      throw csvHeader(name, row.line, 'its first line has no column names');
    }
    return { encoding, delimiter, newline, header: row.cells, headerProblems: headerProblems(row.cells) };
  } catch (error) {
    throw error instanceof CsvProblem ? csvError(error, name, []) : error;
  }
}

function newlineOf(text: string): CsvFormat['newline'] {
  // Line breaks inside quotation marks belong to values.
  const bare = text.replace(/"[^"]*(?:"|$)/g, '');
  const [first] = /\r\n|\n/.exec(bare) ?? /\r/.exec(bare) ?? ['\n'];
  return first === '\r\n' || first === '\r' ? first : '\n';
}

/** The delimiter that cuts the header into most cells; between equals, the one under which most rows are as long. */
function delimiterOf(text: string, newline: CsvFormat['newline'], isWhole: boolean): CsvFormat['delimiter'] {
  let best: { delimiter: CsvFormat['delimiter']; cells: number; agreeing: number } | null = null;
  for (const delimiter of DELIMITERS) {
    const parser = new Papa.Parser({ delimiter, newline: newline === '\r' ? '\r' : '\n', preview: 50 });
    const { data } = parser.parse(text, 0, !isWhole) as { data: string[][] };
    const rows = data.filter((row) => row.length > 1 || (row[0] ?? '').trim() !== '');
    const cells = rows[0]?.length ?? 0;
    const agreeing = rows.filter((row) => row.length === cells).length;
    if (
      best === null ||
      cells > best.cells ||
      (cells === best.cells && cells > 1 && agreeing > best.agreeing)
    ) {
      best = { delimiter, cells, agreeing };
    }
  }
  return best?.delimiter ?? ',';
}
