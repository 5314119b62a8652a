import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import Papa from 'papaparse';
import { expect } from 'vitest';
import { readCountry, repairPhone } from '#app/domain/phone.ts';
import { generateExports, type GeneratedFiles, type GenerateOptions } from '#workers/local/generate/index.ts';

export type Row = Record<string, string>;

/** An empty folder that goes when its block ends. */
export async function temporaryFolder() {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'generate-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/** Generates into a folder of its own and reads the files back as another program would. */
export async function generateAndRead(options: Omit<GenerateOptions, 'outDir'>) {
  await using folder = await temporaryFolder();
  return await readBack(await generateExports({ ...options, outDir: folder.dir }));
}

/** The files of a report as texts and rows; none may have a parsing error. */
export async function readBack(report: GeneratedFiles) {
  const texts: Record<string, string> = {};
  const rows: Record<string, Row[]> = { customers: [], orders: [], rewards: [] };
  for (const file of report.files) {
    const text = await readFile(file.path, 'utf8');
    const parsed = Papa.parse<Row>(text, { header: true, skipEmptyLines: true });
    expect(parsed.errors).toEqual([]);
    texts[file.kind] = text;
    rows[file.kind] = parsed.data;
  }
  const { customers = [], orders = [], rewards = [] } = rows;
  return { report, texts, customers, orders, rewards };
}

/** Ids of the orders whose rows do not stand together. */
export function ordersApart(orders: readonly Row[]): string[] {
  const blocks = new Map<string, number>();
  orders.forEach((row, index) => {
    const id = row.ORDER_ID ?? '';
    if (orders[index - 1]?.ORDER_ID !== id) {
      blocks.set(id, (blocks.get(id) ?? 0) + 1);
    }
  });
  return [...blocks].filter(([, count]) => count > 1).map(([id]) => id);
}

/** The number as the product reads it, with the row's country and then the shop's; null when it is unusable or blank. */
export function phoneOf(row: Row, home: string): string | null {
  for (const country of [readCountry(row.COUNTRY ?? '') ?? home, home]) {
    const repaired = repairPhone(row.MOBILE ?? '', country);
    if ('e164' in repaired) {
      return repaired.e164;
    }
  }
  return null;
}
