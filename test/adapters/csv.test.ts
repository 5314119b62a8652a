import { open } from 'node:fs/promises';
import fc from 'fast-check';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { readCsv, sniffCsv, type ReadCsvOptions } from '#app/adapters/csv.server.ts';
import { AppError } from '#app/domain/errors.ts';
import type { CsvFormat, CsvRow } from '#app/domain/ports/csv.ts';
import { csvFile, encodeText } from '#test/builders/csv-files.ts';

const ENCODINGS: CsvFormat['encoding'][] = ['utf-8', 'utf-8-bom', 'utf-16le', 'utf-16be', 'windows-1252'];
const DELIMITERS: CsvFormat['delimiter'][] = [',', ';', '\t', '|'];
const NEWLINES: CsvFormat['newline'][] = ['\n', '\r\n', '\r'];

async function readAll(
  path: string,
  options: ReadCsvOptions = {},
): Promise<{ format: CsvFormat; rows: CsvRow[]; chunks: number[] }> {
  const format = await sniffCsv(path);
  const rows: CsvRow[] = [];
  const chunks: number[] = [];
  await readCsv(
    path,
    format,
    (chunk) => {
      rows.push(...chunk);
      chunks.push(chunk.length);
    },
    options,
  );
  return { format, rows, chunks };
}

async function rowsOf(bytes: Buffer | string, options: ReadCsvOptions = {}): Promise<CsvRow[]> {
  await using file = await csvFile(bytes);
  return (await readAll(file.path, options)).rows;
}

async function errorOf(bytes: Buffer | string): Promise<AppError> {
  await using file = await csvFile(bytes);
  try {
    await readAll(file.path);
  } catch (error) {
    if (error instanceof AppError) {
      return error;
    }
    throw error;
  }
  throw new Error('expected an AppError, but the file was read');
}

async function formatOf(bytes: Buffer | string): Promise<CsvFormat> {
  await using file = await csvFile(bytes);
  return await sniffCsv(file.path);
}

for (const encoding of ENCODINGS) {
  test(`a file in ${encoding} is recognised and read`, async () => {
    const text = 'CODE,FIRSTNAME,CITY\r\n1,Zoë,Orléans\r\n2,"D’Arcy","Łódź"\r\n'.replace(
      'Łódź',
      encoding === 'windows-1252' ? 'Köln €' : 'Łódź 你好 👗',
    );
    await using file = await csvFile(encodeText(text, encoding));

    const { format, rows } = await readAll(file.path, { blockBytes: 3 });

    expect(format).toMatchObject({
      encoding,
      delimiter: ',',
      newline: '\r\n',
      header: ['CODE', 'FIRSTNAME', 'CITY'],
    });
    expect(rows).toEqual([
      { line: 2, cells: ['1', 'Zoë', 'Orléans'] },
      { line: 3, cells: ['2', 'D’Arcy', encoding === 'windows-1252' ? 'Köln €' : 'Łódź 你好 👗'] },
    ]);
  });
}

test.each(DELIMITERS)(
  'the delimiter %j is recognised although the values hold the others',
  async (delimiter) => {
    const others = DELIMITERS.filter((other) => other !== delimiter).join('');

    const format = await formatOf(
      `A${delimiter}B${delimiter}C\n1${delimiter}x${others}${others}y${delimiter}3\n`,
    );

    expect(format).toMatchObject({ delimiter, header: ['A', 'B', 'C'] });
  },
);

test('a é on the last line, megabytes after plain letters, makes the file Windows-1252', async () => {
  const plain = `CODE,NAME\n${'1,Smith\n'.repeat(400_000)}`;

  expect(
    await formatOf(Buffer.concat([Buffer.from(plain), encodeText('2,René\n', 'windows-1252')])),
  ).toMatchObject({
    encoding: 'windows-1252',
  });
  expect(await formatOf(`${plain}2,René\n`)).toMatchObject({ encoding: 'utf-8' });
});

test('a character that lies across the border of two megabytes is still valid UTF-8', async () => {
  for (const shift of [1, 2, 3]) {
    const start = 'CODE,NAME\n1,';
    const bytes = `${start}${'x'.repeat(2 ** 20 - start.length - shift)}👗\n`;

    expect(await formatOf(bytes)).toMatchObject({ encoding: 'utf-8' });
  }
});

test('every byte that Windows-1252 assigns is read as iconv-lite reads it', async () => {
  const bytes = Array.from({ length: 128 }, (_, index) => 128 + index).filter(
    (byte) => ![0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte),
  );
  const cells = Buffer.from(bytes.flatMap((byte) => [0x31, 0x2c, byte, 0x0a]));

  const rows = await rowsOf(Buffer.concat([Buffer.from('A,B\n'), cells]));

  const read = rows.map((row) => row.cells[1]).join('');
  expect(encodeText(read, 'windows-1252')).toEqual(Buffer.from(bytes));
});

test('Windows-1252 text with a little old UTF-8 damage in it stays Windows-1252', async () => {
  const bytes = encodeText('CODE,NAME\n1,René\n2,Zoë\n3,JosÃ©\n', 'windows-1252');

  expect(await rowsOf(bytes)).toEqual([
    { line: 2, cells: ['1', 'René'] },
    { line: 3, cells: ['2', 'Zoë'] },
    { line: 4, cells: ['3', 'JosÃ©'] },
  ]);
});

test('line numbers count blank lines and line breaks inside values', async () => {
  const rows = await rowsOf('A,B\n\n1,"two\nlines"\n   \n2,x\n\n3,"a\r\nb"\n4,y');

  expect(rows).toEqual([
    { line: 3, cells: ['1', 'two\nlines'] },
    { line: 6, cells: ['2', 'x'] },
    { line: 8, cells: ['3', 'a\r\nb'] },
    { line: 10, cells: ['4', 'y'] },
  ]);
});

test('blank lines before the header are passed over', async () => {
  await using file = await csvFile('\r\n\r\nA,B\r\n1,2\r\n');

  const { format, rows } = await readAll(file.path);

  expect(format.header).toEqual(['A', 'B']);
  expect(rows).toEqual([{ line: 4, cells: ['1', '2'] }]);
});

test('a file glued together from two systems may change its line ends in the middle', async () => {
  expect(await rowsOf('A,B\n1,2\n3,4\r\n5,"6"\r\n7,8\n')).toEqual([
    { line: 2, cells: ['1', '2'] },
    { line: 3, cells: ['3', '4'] },
    { line: 4, cells: ['5', '6'] },
    { line: 5, cells: ['7', '8'] },
  ]);
  expect(await rowsOf('A,B\r\n1,2\n3,4\r\n')).toEqual([
    { line: 2, cells: ['1', '2'] },
    { line: 3, cells: ['3', '4'] },
  ]);
});

test('rows that are not as long as the header come with what is wrong', async () => {
  expect(await rowsOf('A,B,C\n1,2\n1,2,3\n1,2,3,4\n')).toEqual([
    { line: 2, cells: ['1', '2'], problem: 'too-few-cells' },
    { line: 3, cells: ['1', '2', '3'] },
    { line: 4, cells: ['1', '2', '3', '4'], problem: 'too-many-cells' },
  ]);
});

test('quotation marks inside an unquoted value are letters', async () => {
  expect(await rowsOf('SKU,NAME\n1,5" heel\n2,"5"" heel"\n')).toEqual([
    { line: 2, cells: ['1', '5" heel'] },
    { line: 3, cells: ['2', '5" heel'] },
  ]);
});

test('a header without rows is a file of no rows', async () => {
  expect(await rowsOf('A,B,C\n')).toEqual([]);
  expect(await rowsOf('A,B,C')).toEqual([]);
});

test('blank and repeated column names are reported', async () => {
  await using file = await csvFile('CODE,,Email,EMAIL \n1,2,3,4\n');

  const format = await sniffCsv(file.path);

  expect(format.headerProblems).toEqual([
    { column: 2, name: '', problem: 'blank' },
    { column: 4, name: 'EMAIL ', problem: 'duplicate' },
  ]);
});

test.each([
  ['no byte', ''],
  ['only a byte order mark', '\ufeff'],
  ['only blank lines', '\r\n \r\n'],
])('a file with %s is refused as empty', async (_what, text) => {
  expect(await errorOf(text)).toMatchObject({
    code: 'csv_empty',
    retry: 'person',
    where: { file: 'export.csv' },
  });
});

test('a first line without any name is refused', async () => {
  expect(await errorOf(',,\n1,2,3\n')).toMatchObject({ code: 'csv_header', where: { line: 1 } });
});

test.each([
  ['an unescaped quotation mark', 'CODE,NAME,CITY\n1,x,y\n2,"The "Best" Shop",z\n3,x,y\n', 3, 'NAME'],
  ['a quotation mark that is never closed', 'CODE,NAME,CITY\n1,x,y\n2,x,"open\n3,x,y\n', 3, 'CITY'],
  ['one that closes in a later line', 'CODE,NAME,CITY\n1,"x,y\n2,"x",y\n3,x,y\n', 2, 'NAME'],
  ['two stray ones that swallow whole rows', 'CODE,NAME,CITY\n1,"x,y\n2,a,b\n3,c,d\n4,x",y,z\n', 2, 'NAME'],
  ['one in the header', 'CODE,"NAME,CITY\n1,x,y\n', 1, 'column 2'],
])('%s is refused with line, column and remedy', async (_what, text, line, column) => {
  const error = await errorOf(text);

  expect(error).toMatchObject({
    code: 'csv_quotes',
    retry: 'person',
    where: { file: 'export.csv', line, column },
  });
  expect(error.hint).toContain('twice ("")');
  expect(error.hint).toContain(`line ${line}`);
});

test('a quotation mark that runs away for more than a megabyte is found before the file is read to its end', async () => {
  const lines = 'x,y,z\n'.repeat(2_000_000);
  await using file = await csvFile(`CODE,NAME,CITY\n1,x,y\n2,"open,z\n${lines}`);
  const format = await sniffCsv(file.path);
  const rows: CsvRow[] = [];

  const reading = readCsv(file.path, format, (chunk) => void rows.push(...chunk), { chunkRows: 1 });

  await expect(reading).rejects.toMatchObject({ code: 'csv_quotes', where: { line: 3, column: 'NAME' } });
  expect(rows).toEqual([{ line: 2, cells: ['1', 'x', 'y'] }]);
});

test('a closed value of more than a megabyte is refused as a runaway quotation mark', async () => {
  const error = await errorOf(`CODE,NAME\n1,x\n2,"${'long\n'.repeat(300_000)}"\n`);

  expect(error).toMatchObject({ code: 'csv_quotes', where: { line: 3, column: 'NAME' } });
});

test('a bad byte in a file that is declared or mostly UTF-8 is refused with its place', async () => {
  const bad = Buffer.from([0x52, 0xe9, 0x0a]);
  const declared = Buffer.concat([Buffer.from('\ufeffCODE,NAME\n1,x\n2,'), bad]);
  const mostly = Buffer.concat([Buffer.from('CODE,NAME\n1,"Zoë\nRenée"\n2,'), bad]);

  expect(await errorOf(declared)).toMatchObject({ code: 'csv_encoding', where: { line: 3, column: 'NAME' } });
  const error = await errorOf(mostly);
  expect(error).toMatchObject({
    code: 'csv_encoding',
    where: { file: 'export.csv', line: 4, column: 'NAME' },
  });
  expect(error.hint).toContain('Export the file as UTF-8');
});

test('bytes that no supported encoding has are refused with their place', async () => {
  const shiftJis = Buffer.concat([Buffer.from('CODE,NAME\n1,'), Buffer.from([0x93, 0xfa, 0x90, 0x7b, 0x0a])]);

  expect(await errorOf(shiftJis)).toMatchObject({ code: 'csv_encoding', where: { line: 2, column: 'NAME' } });
  expect(await errorOf('CODE,NAME\n1,a\n2,b\0c\n')).toMatchObject({
    code: 'csv_encoding',
    where: { line: 3, column: 'NAME' },
  });
});

test('UTF-16 without its mark, broken UTF-16 and files of other kinds are refused with a remedy', async () => {
  const utf16 = Buffer.from('CODE,NAME\n1,x\n', 'utf16le');
  const mark = Buffer.from([0xff, 0xfe]);

  expect((await errorOf(utf16)).hint).toContain('byte order mark');
  expect(await errorOf(Buffer.concat([mark, utf16, Buffer.from([0x31])]))).toMatchObject({
    code: 'csv_encoding',
  });
  expect(await errorOf(Buffer.concat([mark, Buffer.from('A,B\n1,\ud83d\n', 'utf16le')]))).toMatchObject({
    code: 'csv_encoding',
    where: { line: 2, column: 'B' },
  });
  expect((await errorOf(Buffer.from('PK\x03\x04rest', 'latin1'))).hint).toContain('Excel');
});

test('rows come in chunks of the asked size and each chunk is waited for', async () => {
  await using file = await csvFile(`A,B\n${'1,2\n'.repeat(10)}`);
  const format = await sniffCsv(file.path);
  const events: string[] = [];

  await readCsv(
    file.path,
    format,
    async (rows) => {
      events.push(`start ${rows.length}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      events.push('end');
    },
    { chunkRows: 4 },
  );

  expect(events).toEqual(['start 4', 'end', 'start 4', 'end', 'start 2', 'end']);
});

test('an error of the receiver ends the reading and comes back as it was', async () => {
  await using file = await csvFile('A,B\n1,2\n');
  const format = await sniffCsv(file.path);
  const failure = new Error('no room');

  await expect(readCsv(file.path, format, () => Promise.reject(failure))).rejects.toBe(failure);
});

test('an aborted reading stops before the next chunk', async () => {
  await using file = await csvFile(`A,B\n${'1,2\n'.repeat(1_000)}`);
  const format = await sniffCsv(file.path);
  const controller = new AbortController();
  let seen = 0;

  const reading = readCsv(
    file.path,
    format,
    (rows) => {
      seen += rows.length;
      controller.abort(new Error('stop'));
    },
    { chunkRows: 10, signal: controller.signal },
  );

  await expect(reading).rejects.toThrow('stop');
  expect(seen).toBe(10);
});

test('an error calls the file as the caller calls it', async () => {
  await using file = await csvFile('A,B\n1,"x\n');
  const format = await sniffCsv(file.path, 'customers.csv');

  await expect(readCsv(file.path, format, () => undefined, { name: 'customers.csv' })).rejects.toMatchObject({
    where: { file: 'customers.csv' },
  });
});

test('memory does not grow with the file', async () => {
  const line = `${Array.from({ length: 30 }, (_, index) => `value ${index}`).join(',')}\n`;
  await using file = await csvFile('');
  const handle = await open(file.path, 'w');
  for (let block = 0; block < 60; block += 1) {
    await handle.write(line.repeat(5_000));
  }
  await handle.close();
  const format = await sniffCsv(file.path);
  let rows = 0;
  const before = process.memoryUsage().rss;
  let highest = before;

  await readCsv(file.path, format, (chunk) => {
    rows += chunk.length;
    highest = Math.max(highest, process.memoryUsage().rss);
  });

  expect(rows).toBe(299_999);
  // 79 MB of text, of which the rows alone would take several hundred MB; a block and its rows take a few.
  expect(highest - before).toBeLessThan(150e6);
});

const windows1252Letters = encodingLetters();

test('any table that papaparse writes reads back the same, in every dialect and cut into blocks of any size', async () => {
  const tables = fc.constantFrom(...ENCODINGS).chain((encoding) =>
    fc.record({
      encoding: fc.constant(encoding),
      delimiter: fc.constantFrom(...DELIMITERS),
      newline: fc.constantFrom(...NEWLINES),
      endsWithNewline: fc.boolean(),
      quotes: fc.boolean(),
      blockBytes: fc.integer({ min: 1, max: 40 }),
      chunkRows: fc.integer({ min: 1, max: 5 }),
      table: fc.array(fc.array(cellFor(encoding), { minLength: 3, maxLength: 3 }), { maxLength: 12 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(tables, async (given) => {
      const header = ['PERIDX', 'Prénom', 'EMAIL'];
      const { delimiter, newline, quotes } = given;
      const text = Papa.unparse([header, ...given.table], { delimiter, newline, quotes });
      await using file = await csvFile(
        encodeText(`${text}${given.endsWithNewline ? newline : ''}`, given.encoding),
      );

      const { format, rows } = await readAll(file.path, {
        blockBytes: given.blockBytes,
        chunkRows: given.chunkRows,
      });

      expect(format).toMatchObject({ encoding: given.encoding, delimiter, header });
      expect(rows.map((row) => row.cells)).toEqual(given.table);
      expect(rows.every((row) => row.problem === undefined)).toBe(true);
      expect(rows.map((row) => row.line)).toEqual(linesOf(given.table, newline));
    }),
    { numRuns: 400 },
  );
});

/** The line on which each row starts, reckoned from the table alone. */
function linesOf(table: string[][], newline: string): number[] {
  const lineBreak = newline === '\r' ? '\r' : '\n';
  let line = 2;
  return table.map((row) => {
    const start = line;
    line += 1 + row.join('').split(lineBreak).length - 1;
    return start;
  });
}

/** Cells of letters, and of what makes CSV difficult. NUL is no text; Windows-1252 has only its own letters. */
function cellFor(encoding: CsvFormat['encoding']): fc.Arbitrary<string> {
  const difficult = fc.constantFrom('"', '""', '\r', '\n', '\r\n', ',', ';', '\t', '|', ' ', "'", '=', 'é');
  const letters =
    encoding === 'windows-1252'
      ? fc.constantFrom(...windows1252Letters)
      : fc
          .string({ unit: 'binary', minLength: 1, maxLength: 1 })
          .filter((letter) => !/[\0\ufeff]/.test(letter));
  return fc
    .array(fc.oneof(difficult, difficult, letters, fc.constant('abc')), { maxLength: 6 })
    .map((parts) => parts.join(''));
}

/**
 * Letters of Windows-1252. Those that begin a character in UTF-8 are followed by a plain one: text in which they meet the
 * others by chance more often than not could be either encoding, and nobody can tell.
 */
function encodingLetters(): string[] {
  const continuing = Array.from('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¡¢£©®°');
  return [...continuing, ...Array.from('ÀÉÎÕÜßàéîõü', (letter) => `${letter}a`)];
}
