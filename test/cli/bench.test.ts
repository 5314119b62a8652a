import { expect, test } from 'vitest';
import type { BenchReport, ratiosOf } from '#workers/bench/figures.ts';
import { runCli, runJson } from '#test/builders/cli.ts';

type Document = BenchReport & { ratios: ReturnType<typeof ratiosOf> };

const SIZES = ['--customers', '300', '--orders', '60', '--rewards', '20'];

test('the benchmark takes two days through the path, sends only what changed, and ends with ratios of one run', async () => {
  const { code, document, stderr } = await runJson<Document>(['bench', ...SIZES, '--change', '0.1']);

  expect({ code, problems: document.problems }).toEqual({ code: 0, problems: [] });
  expect(document.first.news).toBe(document.first.rows);
  // 30 of 300 changed; with them the orders and rewards of the day, which are all new.
  expect(document.second.rows - document.second.news).toBe(270);
  expect(document.second.sent.profiles).toBeLessThanOrEqual(30);
  expect(document.first.throttled + document.second.throttled).toBe(0);
  expect(document.ratios.newsPerRequest).toBe(document.first.news / document.first.requests);
  expect(document.windows.map(({ operation }) => operation)).toContain('importProfiles');
  expect(stderr).toContain('Taking in the export of the next day');
});

test('for people it prints a table and what each ratio is of; a few customers alone are a benchmark, too', async () => {
  const { code, stdout } = await runCli(['bench', '--customers', '20', '--orders', '0', '--rewards', '0']);

  expect(code).toBe(0);
  expect(stdout).toMatch(/^taking a row in : the CSV reader alone/m);
  expect(stdout).not.toMatch(/NaN|Infinity/);
});

test('a share that is none is refused with what it wants', async () => {
  const { code, stderr } = await runCli(['bench', '--change', '2']);

  expect(code).toBe(2);
  expect(stderr).toContain('It wants a share between 0 and 1, like 0.01.');
});
