import { AppError } from './errors.ts';
import { readNumber } from './number.ts';
import type { SourceRow } from './records.ts';
import { OPERATORS, type Condition, type Operator } from './rules.ts';
import { compilePattern } from './safe-pattern.ts';
import type { TimeReader } from './time.ts';
import { readYesNo } from './yes-no.ts';

/** A condition ready to be asked of many rows. */
export type CompiledCondition = { holds(row: SourceRow): boolean; columns: string[] };

type Comparison = Extract<Condition, { column: string }>;
type Operand = string | number | boolean;

/** Levels of all / any / not inside each other. */
const DEEPEST = 10;

/**
 * Compiles a condition once. Texts are compared trimmed and without case (`equals`, `not-equals`, `one-of`, `contains`,
 * `starts-with`); a number as value compares numbers (`1,234.50` equals 1234.5), a yes/no as value compares yes and no
 * words. `greater-than` and `less-than` hold only for cells that are numbers, `before` and `after` only for cells that
 * are times; times without offset are the shop's. `matches` is a regular expression, case counts unless `(?i)` leads.
 * An empty `all` holds, an empty `any` does not; `not` holds when none of its conditions does.
 * Errors: AppError `bad_condition` with the path.
 */
export function compileCondition(
  condition: Condition,
  time: TimeReader,
  path: string,
  depth = 0,
): CompiledCondition {
  if (depth > DEEPEST) {
    throw badCondition(path, `lies more than ${DEEPEST} levels deep`);
  }
  if ('column' in condition) {
    const test = compileTest(condition, time, path);
    const { column } = condition;
    return { holds: (row) => test(cellOf(row, column).trim()), columns: [column] };
  }
  const word = 'all' in condition ? 'all' : 'any' in condition ? 'any' : 'not';
  const list = 'all' in condition ? condition.all : 'any' in condition ? condition.any : condition.not;
  const parts = list.map((part, index) =>
    compileCondition(part, time, `${path}.${word}[${index}]`, depth + 1),
  );
  const columns = parts.flatMap((part) => part.columns);
  if (word === 'all') {
    return { holds: (row) => parts.every((part) => part.holds(row)), columns };
  }
  const any = (row: SourceRow) => parts.some((part) => part.holds(row));
  return { holds: word === 'any' ? any : (row) => !any(row), columns };
}

/** The text of a cell; blank for a column that the row does not have. */
export function cellOf(row: SourceRow, column: string): string {
  const cell: unknown = row[column];
  // Names such as "constructor" find something on every object.
  return typeof cell === 'string' ? cell : '';
}

function compileTest(condition: Comparison, time: TimeReader, path: string): (cell: string) => boolean {
  const { is, value } = condition;
  if (!OPERATORS.includes(is)) {
    throw badCondition(`${path}.is`, `"${String(is)}" is no operator; there are ${OPERATORS.join(', ')}`);
  }
  if (is === 'empty') {
    return (cell) => cell === '';
  }
  if (is === 'not-empty') {
    return (cell) => cell !== '';
  }
  const operands = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const [first] = operands;
  if (first === undefined) {
    throw badCondition(path, `"${is}" needs a value`);
  }
  const tests = operands.map((operand) => testOf(is, operand, time, `${path}.value`));
  if (is === 'not-equals') {
    return (cell) => tests.every((test) => !test(cell));
  }
  return tests.length === 1 && tests[0] !== undefined ? tests[0] : (cell) => tests.some((test) => test(cell));
}

function testOf(is: Operator, operand: Operand, time: TimeReader, path: string): (cell: string) => boolean {
  const text = String(operand).trim().toLowerCase();
  switch (is) {
    case 'contains':
      return (cell) => cell.toLowerCase().includes(text);
    case 'starts-with':
      return (cell) => cell.toLowerCase().startsWith(text);
    case 'matches':
      return matchTest(String(operand), path);
    case 'greater-than':
    case 'less-than':
      return numberTest(is, operand, path);
    case 'before':
    case 'after':
      return timeTest(is, operand, time, path);
    default:
      return equalTest(operand, text);
  }
}

function equalTest(operand: Operand, text: string): (cell: string) => boolean {
  if (typeof operand === 'number') {
    return (cell) => readNumber(cell) === operand;
  }
  if (typeof operand === 'boolean') {
    return (cell) => readYesNo(cell) === (operand ? 'yes' : 'no');
  }
  return (cell) => cell.toLowerCase() === text;
}

function matchTest(pattern: string, path: string): (cell: string) => boolean {
  const compiled = compilePattern(pattern);
  if ('problem' in compiled) {
    throw badCondition(path, `the pattern "${pattern.slice(0, 60)}" ${compiled.problem}`);
  }
  return compiled.test;
}

function numberTest(
  is: 'greater-than' | 'less-than',
  operand: Operand,
  path: string,
): (cell: string) => boolean {
  const limit = typeof operand === 'number' ? operand : readNumber(String(operand));
  if (limit === null || typeof operand === 'boolean') {
    throw badCondition(path, `"${is}" needs a number, not "${String(operand)}"`);
  }
  return (cell) => {
    const number = readNumber(cell);
    return number !== null && (is === 'greater-than' ? number > limit : number < limit);
  };
}

function timeTest(
  is: 'before' | 'after',
  operand: Operand,
  time: TimeReader,
  path: string,
): (cell: string) => boolean {
  const limit = time.read(String(operand));
  if (limit === null) {
    throw badCondition(path, `"${is}" needs a date such as 2026-01-31, not "${String(operand)}"`);
  }
  return (cell) => {
    const moment = time.read(cell);
    return moment !== null && (is === 'before' ? moment.ms < limit.ms : moment.ms > limit.ms);
  };
}

function badCondition(path: string, what: string): AppError {
  return new AppError({
    code: 'bad_condition',
    retry: 'person',
    message: `${path}: ${what}`,
    hint: `The condition ${what.startsWith('lies') ? '' : 'is not right: '}${what}.`,
    where: { path },
  });
}
