import { unlink } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAppError } from '#app/domain/errors.ts';
import { generateExports } from '#workers/local/generate/index.ts';
import { generateAndRead, readBack, temporaryFolder, type Row } from './generated-files.ts';

/** Each customer's row as text, by person code: the one column that is never blank. */
function byCode(rows: readonly Row[]): Map<string, string> {
  return new Map(rows.map((row) => [row.PERSON_CODE ?? '', JSON.stringify(row)]));
}

function changedCodes(before: readonly Row[], after: readonly Row[]): string[] {
  const old = byCode(before);
  return [...byCode(after)]
    .filter(([code, text]) => old.has(code) && old.get(code) !== text)
    .map(([code]) => code);
}

test('the next day is a full export in which exactly the wanted share differs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.nat(),
        customers: fc.integer({ min: 1, max: 800 }),
        change: fc.oneof(fc.constantFrom(0, 0.01, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
        newCustomers: fc.integer({ min: 0, max: 20 }),
      }),
      async ({ seed, customers, change, newCustomers }) => {
        await using folder = await temporaryFolder();
        const outDir = folder.dir;
        const first = await readBack(await generateExports({ outDir, seed, customers }));
        const second = await readBack(await generateExports({ outDir, change, newCustomers }));
        const wanted = Math.round(change * customers);
        expect(changedCodes(first.customers, second.customers)).toHaveLength(wanted);
        expect(second.report.customers).toMatchObject({
          rows: customers + newCustomers,
          changed: wanted,
          new: newCustomers,
        });
        expect(second.customers.slice(0, customers).map((row) => row.PERIDX)).toEqual(
          first.customers.map((row) => row.PERIDX),
        );
      },
    ),
    { numRuns: 25 },
  );
});

test('unchanged rows are the same to the byte', async () => {
  await using folder = await temporaryFolder();
  const first = await readBack(await generateExports({ outDir: folder.dir, customers: 300, seed: 3 }));
  const same = await readBack(await generateExports({ outDir: folder.dir, change: 0 }));
  expect(same.report.day).toBe(1);
  expect(same.texts.customers).toBe(first.texts.customers);
});

test('a changed row keeps its keys and its e-mail address and is updated on that day', async () => {
  await using folder = await temporaryFolder();
  const first = await readBack(
    await generateExports({ outDir: folder.dir, customers: 500, seed: 5, dirtyRate: 0 }),
  );
  const second = await readBack(await generateExports({ outDir: folder.dir, change: 1 }));
  const before = new Map(first.customers.map((row) => [row.PERIDX, row]));
  for (const row of second.customers) {
    expect(row.EMAIL).toBe(before.get(row.PERIDX ?? '')?.EMAIL);
    expect(row.LAST_UPDATED).toMatch(/^2026-01-02T/);
  }
  const turned = second.customers.filter((row) => row.PRIVACY !== before.get(row.PERIDX ?? '')?.PRIVACY);
  expect(turned.length).toBeGreaterThan(20);
  // More than a fifth would hold the file.
  expect(turned.length).toBeLessThan(100);
});

test('each next day follows the last one, also when the files have been taken away', async () => {
  await using folder = await temporaryFolder();
  const outDir = folder.dir;
  await generateExports({ outDir, seed: 11, customers: 1000, orders: 50, rewards: 20 });
  const days: Awaited<ReturnType<typeof readBack>>[] = [];
  for (const change of [0.05, 0.2, 0.01]) {
    const day = await readBack(await generateExports({ outDir, change }));
    days.push(day);
    for (const file of day.report.files) {
      await unlink(file.path);
    }
  }
  expect(days.map((day) => day.report.day)).toEqual([1, 2, 3]);
  const [one, two, three] = days.map((day) => day.customers);
  expect(changedCodes(one ?? [], two ?? [])).toHaveLength(200);
  expect(changedCodes(two ?? [], three ?? [])).toHaveLength(10);
  const names = days.flatMap((day) => day.report.files.map((file) => file.name));
  expect(new Set(names).size).toBe(9);
});

test('without a note in the folder the day is known by the names, or given', async () => {
  await using folder = await temporaryFolder();
  const options = { customers: 300, seed: 4, change: 0.1 };
  await generateExports({ outDir: folder.dir, customers: 300, seed: 4 });
  await unlink(path.join(folder.dir, '.generate.json'));
  const byName = await generateExports({ outDir: folder.dir, ...options });
  expect(byName.day).toBe(1);
  await unlink(path.join(folder.dir, '.generate.json'));
  const next = await readBack(await generateExports({ outDir: folder.dir, ...options }));
  const given = await generateAndRead({ ...options, day: 2 });
  expect(next.report.day).toBe(2);
  expect(given.texts.customers).toBe(next.texts.customers);
});

test('a next day that contradicts the earlier ones is refused with the flag to leave out', async () => {
  await using folder = await temporaryFolder();
  await generateExports({ outDir: folder.dir, seed: 4, customers: 30 });
  const error = await generateExports({ outDir: folder.dir, seed: 5, change: 0.1 }).catch(
    (caught: unknown) => caught,
  );
  expect(isAppError(error, 'wrong_use') && error.hint).toContain('--seed 4');
});

test('orders and rewards of another day are others', async () => {
  const wanted = { customers: 100, orders: 60, rewards: 30, change: 0.1 };
  const [first, second] = [
    await generateAndRead({ ...wanted, day: 1 }),
    await generateAndRead({ ...wanted, day: 2 }),
  ];
  const ids = (rows: Row[], column: string) => rows.map((row) => row[column] ?? '');
  for (const column of ['ORDER_ID', 'LINE_ID', 'ORDER_NUMBER']) {
    const earlier = new Set(ids(first.orders, column));
    expect(ids(second.orders, column).filter((id) => earlier.has(id))).toEqual([]);
  }
  const earlier = new Set(ids(first.rewards, 'REWARD_ID'));
  expect(ids(second.rewards, 'REWARD_ID').filter((id) => earlier.has(id))).toEqual([]);
});
