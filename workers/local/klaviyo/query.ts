import type { Call } from './call.ts';
import { invalidParameter } from './refusal.ts';

type Filter = { operator: string; field: string; values: string[] };

/** Which operators a field may be filtered with. */
export type FilterRules = Record<string, string[]>;

/** Members that `additional-fields` brings, whatever `fields` says. */
const ADDED_LATER = ['subscriptions', 'predictive_analytics'];

/** A page of `source` and the links around it. Cursors are opaque and hold a position in the source. */
export function pageOf<Item>(
  call: Call,
  source: readonly Item[],
  size: number,
  isShown: (item: Item) => boolean = () => true,
): { items: Item[]; links: { self: string; next: string | null; prev: string | null } } {
  const start = readCursor(call);
  const items: Item[] = [];
  let index = start;
  for (; index < source.length && items.length < size; index += 1) {
    const item = source[index];
    if (item !== undefined && isShown(item)) {
      items.push(item);
    }
  }
  while (index < source.length && !isShown(source[index] as Item)) {
    index += 1;
  }
  return {
    items,
    links: {
      self: selfLink(call),
      next: index < source.length ? pageLink(call, index) : null,
      prev: start > 0 ? pageLink(call, Math.max(0, start - size)) : null,
    },
  };
}

/** The address that was asked for, as `links.self` has it: with its brackets encoded. */
export function selfLink(call: Call): string {
  const query = call.query.toString();
  return `${call.origin}${call.target.split('?', 1)[0]}${query === '' ? '' : `?${query}`}`;
}

/** `page[size]`, between 1 and the operation's maximum. */
export function pageSize(call: Call, rule: { max: number; usual: number }): number {
  const text = call.query.get('page[size]');
  if (text === null) {
    return rule.usual;
  }
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1 || size > rule.max) {
    throw invalidParameter('page[size]', `Page size must be an integer between 1 and ${rule.max}.`);
  }
  return size;
}

/** The filters of a request, joined by `and`. Grammar: `op(field,value)`, `any(field,[…])`, `and(…)` and commas. */
export function readFilters(call: Call, rules: FilterRules): Filter[] {
  const text = call.query.get('filter');
  if (text === null || text === '') {
    return [];
  }
  const filters = parseFilters(text);
  for (const filter of filters) {
    const operators = rules[filter.field];
    if (operators === undefined) {
      throw invalidParameter('filter', `Filtering on '${filter.field}' is not supported.`);
    }
    if (!operators.includes(filter.operator)) {
      throw invalidParameter(
        'filter',
        `'${filter.operator}' is not an allowed operator for '${filter.field}'.`,
      );
    }
  }
  return filters;
}

/** True when every filter holds; `read` gives the field's value: text, or milliseconds for times. */
export function matchesFilters(filters: Filter[], read: (field: string) => string | number | null): boolean {
  return filters.every((filter) => holds(filter, read(filter.field)));
}

/** The members named by `fields[type]`, or null for all. */
export function sparseFields(call: Call, type: string): Set<string> | null {
  const text = call.query.get(`fields[${type}]`);
  return text === null ? null : new Set(text.split(',').map((name) => name.trim()));
}

/** Keeps the members that were asked for (`location.city` keeps that part of `location`). */
export function pickFields(
  attributes: Record<string, unknown>,
  wanted: Set<string> | null,
  type: string,
): Record<string, unknown> {
  if (wanted === null) {
    return attributes;
  }
  const picked: Record<string, unknown> = {};
  for (const name of wanted) {
    const [outer = '', inner] = name.split('.', 2);
    if (name === 'id' || ADDED_LATER.includes(outer)) {
      continue;
    }
    if (!(outer in attributes)) {
      throw invalidParameter(`fields[${type}]`, `'${name}' is not a valid field for the resource '${type}'.`);
    }
    const value = attributes[outer];
    if (inner === undefined || typeof value !== 'object' || value === null) {
      picked[outer] = value;
    } else {
      const before = typeof picked[outer] === 'object' ? picked[outer] : {};
      picked[outer] = { ...before, [inner]: (value as Record<string, unknown>)[inner] ?? null };
    }
  }
  return picked;
}

/** The names in a comma separated parameter, each of which must be allowed. */
export function readNames(call: Call, parameter: string, allowed: string[]): string[] {
  const names = (call.query.get(parameter) ?? '').split(',').filter((name) => name !== '');
  const wrong = names.find((name) => !allowed.includes(name));
  if (wrong !== undefined) {
    throw invalidParameter(parameter, `'${wrong}' is not a valid value for '${parameter}'.`);
  }
  return names;
}

function holds(filter: Filter, value: string | number | null): boolean {
  if (filter.operator === 'equals' || filter.operator === 'any') {
    return value !== null && filter.values.some((wanted) => comparable(wanted, value) === value);
  }
  const wanted = comparable(filter.values[0] ?? '', value ?? 0);
  if (Number.isNaN(wanted)) {
    throw invalidParameter('filter', `'${filter.values[0] ?? ''}' is not a valid datetime.`);
  }
  if (value === null || typeof wanted !== typeof value) {
    return false;
  }
  switch (filter.operator) {
    case 'greater-than':
      return value > wanted;
    case 'greater-or-equal':
      return value >= wanted;
    case 'less-than':
      return value < wanted;
    default:
      return value <= wanted;
  }
}

function comparable(wanted: string, like: string | number): string | number {
  if (typeof like === 'string') {
    return wanted;
  }
  return /^\d+$/.test(wanted) ? Number(wanted) : Date.parse(wanted);
}

function parseFilters(text: string): Filter[] {
  const inner = /^and\((.*)\)$/s.exec(text.trim())?.[1];
  const found: Filter[] = [];
  let rest = inner ?? text.trim();
  while (rest !== '') {
    const match =
      /^([a-z-]+)\(\s*([\w.$]+)\s*,\s*(\[(?:[^"'\]]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^)"'[\]]*?)\s*\)\s*(?:,\s*|$)/s.exec(
        rest,
      );
    if (match === null) {
      throw invalidParameter('filter', `Invalid filter provided: ${text}`);
    }
    const [whole, operator = '', field = '', value = ''] = match;
    found.push({ operator, field, values: parseValues(value) });
    rest = rest.slice(whole.length);
  }
  return found;
}

function parseValues(text: string): string[] {
  const list = text.startsWith('[') ? text.slice(1, -1) : text;
  const values: string[] = [];
  for (const match of list.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^,\s][^,]*)/gs)) {
    values.push((match[1] ?? match[2] ?? match[3] ?? '').replace(/\\(.)/gs, '$1').trim());
  }
  return values;
}

function readCursor(call: Call): number {
  const cursor = call.query.get('page[cursor]');
  if (cursor === null) {
    return 0;
  }
  const position = /^next::(\d+)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1];
  if (position === undefined) {
    throw invalidParameter('page[cursor]', 'Invalid cursor.');
  }
  return Number(position);
}

function pageLink(call: Call, position: number): string {
  const query = new URLSearchParams(call.query);
  query.set('page[cursor]', Buffer.from(`next::${position}`, 'latin1').toString('base64url'));
  return `${call.origin}${call.target.split('?', 1)[0]}?${query.toString()}`;
}
