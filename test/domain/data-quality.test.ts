import { expect, test } from 'vitest';
import {
  problemKinds,
  PROBLEM_KINDS,
  QUALITY_KINDS,
  QUALITY_WORDS,
  rowProblems,
} from '#app/domain/data-quality.ts';
import type { Issue, MappedCustomer, ProfileAttributes } from '#app/domain/records.ts';

function warning(code: string, column?: string, value?: string): Issue {
  return { code, severity: 'warning', message: 'words', column, value };
}

function mapped(attributes: ProfileAttributes, ...warnings: Issue[]): MappedCustomer {
  return {
    outcome: 'mapped',
    payload: { attributes, unset: [], clear: [], list: null },
    consent: {},
    updatedAt: null,
    warnings,
  };
}

const REACHABLE = { email: 'ann@shop.example', external_id: '1' };

test('a row without problems has none', () => {
  expect(rowProblems(mapped(REACHABLE))).toEqual([]);
  expect(problemKinds(mapped(REACHABLE))).toEqual([]);
});

test('warnings that are put right in Apparel21 are problems, each with its cell', () => {
  const found = rowProblems(
    mapped(
      REACHABLE,
      warning('bad_phone', 'MOBILE', '12'),
      warning('bad_date', 'DOB', 'soon'),
      warning('bad_date', 'LAST_UPDATED', 'then'),
    ),
  );

  expect(found).toEqual([
    { kind: 'bad_phone', column: 'MOBILE', value: '12' },
    { kind: 'bad_date', column: 'DOB', value: 'soon' },
    { kind: 'bad_date', column: 'LAST_UPDATED', value: 'then' },
  ]);
});

test('a cell that several mappings read is one problem', () => {
  const date = warning('bad_date', 'DOB', 'soon');

  expect(rowProblems(mapped(REACHABLE, date, { ...date, target: 'properties.Birthday' }))).toHaveLength(1);
});

test('warnings that a mapping makes are no problems of the data', () => {
  expect(
    rowProblems(mapped(REACHABLE, warning('bad_locale'), warning('not_text'), warning('bad_image'))),
  ).toEqual([]);
});

test('the kinds of a row stand each once and in the order of the report, however the warnings come', () => {
  const phone = warning('bad_phone', 'MOBILE', '12');
  const date = warning('bad_date', 'DOB', 'soon');
  const email = warning('bad_email', 'EMAIL', 'x');

  expect(problemKinds(mapped(REACHABLE, date, phone, date, email))).toEqual([
    'bad_email',
    'bad_phone',
    'bad_date',
  ]);
});

test('somebody with neither e-mail nor phone number cannot be written to', () => {
  expect(problemKinds(mapped({ external_id: '1' }))).toEqual(['no_address']);
  expect(problemKinds(mapped({ external_id: '1', phone_number: '+61412345678' }))).toEqual([]);
});

test('whose only address is unusable is listed for that address, not for having none', () => {
  expect(problemKinds(mapped({ external_id: '1' }, warning('bad_email', 'EMAIL', 'x')))).toEqual([
    'bad_email',
  ]);
});

test('what fails for want of an identity is listed with the unusable address beside it', () => {
  const failed: MappedCustomer = {
    outcome: 'failed',
    reason: { code: 'no_identity', severity: 'error', message: 'words' },
    warnings: [warning('bad_email', 'EMAIL', 'x')],
  };

  expect(problemKinds(failed)).toEqual(['bad_email', 'no_identity']);
});

test('somebody whom a rule leaves out has no problems', () => {
  const skipped: MappedCustomer = {
    outcome: 'skipped',
    reason: { code: 'skipped_by_rule', severity: 'warning', message: 'words' },
    warnings: [warning('bad_email', 'EMAIL', 'x')],
  };

  expect(rowProblems(skipped)).toEqual([]);
});

test('every kind is told in words: what it is, what happens meanwhile, what to do', () => {
  expect(Object.keys(QUALITY_WORDS).sort()).toEqual([...QUALITY_KINDS].sort());
  for (const { title, meanwhile, fix } of Object.values(QUALITY_WORDS)) {
    expect(title).not.toMatch(/[._]$/);
    expect(meanwhile).toMatch(/\.$/);
    expect(fix).toMatch(/\.$/);
  }
  // The columns of the database hold these words: they are never renamed.
  expect([...PROBLEM_KINDS]).toEqual([
    'bad_email',
    'bad_phone',
    'no_identity',
    'no_address',
    'unknown_consent',
    'bad_date',
    'too_long',
  ]);
});
