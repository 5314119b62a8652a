import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli, runJson, runOk } from '#test/builders/cli.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const QUALITY = ['quality', '--shop', SHOP, '--connection', 'Klaviyo AU'];

let world: World;

beforeAll(async () => {
  world = await createWorld({
    extra: 'translations:\n  stores: { whenMissing: keep, entries: { SYD01: Sydney Pitt St } }',
  });
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv([...people(3, 1, () => ({ MOBILE: '12' })), { PERIDX: '9', EMAIL: 'x', PERSON_CODE: 'C9' }]),
  );
  await world.sync();
});

afterAll(() => world[Symbol.asyncDispose]());

test('people read how many there are of each kind and what to do', async () => {
  const text = await runOk(QUALITY, { env: world.env });

  expect(text).toMatch(/^Klaviyo AU: to be corrected in Apparel21$/m);
  expect(text).toMatch(/^Unusable phone number +3 +Correct the phone number in Apparel21/m);
  expect(text).not.toContain('Shared e-mail');
});

test('programs read one document with every kind and a few examples', async () => {
  const { code, document } = await runJson<{ findings: object[] }>(QUALITY, { env: world.env });

  expect(code).toBe(0);
  expect(document).toMatchObject({ connection: 'Klaviyo AU', isPartial: false });
  expect(document.findings).toHaveLength(9);
  expect(document.findings).toContainEqual(
    expect.objectContaining({
      kind: 'bad_email',
      count: 1,
      examples: [
        expect.objectContaining({
          person: { key: '9', code: 'C9', name: 'Anna Smith' },
          column: 'EMAIL',
          value: 'x',
        }) as object,
      ],
    }),
  );
});

test('the whole report goes to a file that only its owner may read, beside the figures', async () => {
  const out = path.join(path.dirname(world.sftpRoot), 'report.csv');

  const text = await runOk([...QUALITY, '--out', out], { env: world.env });

  expect(text).toContain('Unusable phone number');
  expect(readFileSync(out, 'utf8').trim().split('\r\n')).toHaveLength(5);
  expect(statSync(out).mode & 0o777).toBe(0o600);
});

test('with --out - the report is on stdout and nothing else is', async () => {
  const text = await runOk([...QUALITY, '--out', '-'], { env: world.env });

  expect(text.replace('\uFEFF', '')).toMatch(/^problem,what_to_do,PERIDX,/);
  expect(text.trim().split('\r\n')).toHaveLength(5);
});

test.each([
  [['--out', '-', '--json'], 'Only one document fits on stdout'],
  [['--out', '/nowhere/at/all/report.csv'], 'cannot be written to /nowhere/at/all/report.csv'],
])('%j is refused with what to do', async (words, reason) => {
  const { code, stderr } = await runCli([...QUALITY, ...words], { env: world.env });

  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) as string });
});
