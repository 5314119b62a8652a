import { Liquid, type LiquidError, type Template } from 'liquidjs';
import { cellOf } from './condition.ts';
import { AppError } from './errors.ts';
import type { JsonValue, SourceRow } from './records.ts';
import { readSimpleTemplate, RESERVED, type SimpleArgument, type SimpleTemplate } from './simple-template.ts';
import {
  FILTERS,
  textOf,
  type FilterCall,
  type FilterFunction,
  type TemplateSettings,
} from './template-filters.ts';
import { tablesNamed } from './translation-use.ts';

/** What a template sees. `items` are the lines of an order, `customer` the row of its customer. */
export type RenderScope = {
  row: SourceRow;
  items?: readonly SourceRow[];
  customer?: SourceRow;
  /** Filled at the first use of the engine, then shared by all templates of the row. */
  variables?: Record<string, unknown>;
};

export type CompiledTemplate = {
  source: string;
  /** Columns that the template names. */
  columns: string[];
  /** Columns of the order's customer that it names; null = it does not look at the customer. */
  customerColumns: string[] | null;
  /** Trimmed text, or a JSON value when the last filter is `number`, `boolean` or `json`. Blank is `''`, never null. */
  render(scope: RenderScope, notes: FilterCall['notes']): JsonValue;
};

const LONGEST_TEMPLATE = 5_000;
/** Characters and list entries that one rendering may make. */
const MEMORY_LIMIT = 1_000_000;
/** A guard against endless loops only: far above what any sane template needs, so that a busy machine changes nothing. */
const RENDER_LIMIT_MS = 3_000;

/** Read files, or give another result every time. */
const REMOVED_TAGS = ['include', 'render', 'layout', 'block'];
const REMOVED_FILTERS = [
  'sample',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
];

/** A symbol, so that no template can reach it. */
const CALL = Symbol('filter call');

const engine = createEngine();

function createEngine(): Liquid {
  const liquid = new Liquid({
    ownPropertyOnly: true,
    strictFilters: true,
    parseLimit: LONGEST_TEMPLATE,
    memoryLimit: MEMORY_LIMIT,
    renderLimit: RENDER_LIMIT_MS,
    templates: {},
  });
  for (const tag of REMOVED_TAGS) {
    Reflect.deleteProperty(liquid.tags, tag);
  }
  for (const filter of REMOVED_FILTERS) {
    Reflect.deleteProperty(liquid.filters, filter);
  }
  for (const [name, filter] of FILTERS) {
    liquid.registerFilter(name, function (value: unknown, ...args: unknown[]) {
      const { [CALL]: call } = this.context.globals as { [CALL]?: FilterCall };
      const result = call === undefined ? value : filter(call, value, args);
      // Liquid prints a list by joining it: JSON has to be text when it leaves the engine.
      return name === 'json' ? JSON.stringify(result) : result;
    });
  }
  return liquid;
}

/** Filters of Liquid that the short cut knows, doing exactly what the engine does. */
const SHORT_CUT_FILTERS = new Map<string, FilterFunction>([
  ...FILTERS,
  ['upcase', (_, value) => textOf(value).toUpperCase()],
  ['downcase', (_, value) => textOf(value).toLowerCase()],
  ['default', (_, value, [other]) => (value === '' || value === false ? other : value)],
]);

/**
 * Compiles a Liquid template once. A bare column, or a column through known filters, is read without the engine.
 * Errors: AppError `bad_template` with the path and, in the hint, line and column.
 */
export function compileTemplate(source: string, settings: TemplateSettings, path: string): CompiledTemplate {
  if (source.length > LONGEST_TEMPLATE) {
    throw badTemplate(path, `The template is longer than ${LONGEST_TEMPLATE} characters.`);
  }
  const templates = parse(source, path);
  checkTables(source, settings, path);
  if (!/\{\{|\{%/.test(source)) {
    const text = cleanText(source);
    return { source, columns: [], customerColumns: null, render: () => text };
  }
  const simple = readSimpleTemplate(source);
  if (simple !== null && simple.filters.every((filter) => SHORT_CUT_FILTERS.has(filter.name))) {
    const columns = columnsOfSimple(simple);
    return { source, columns, customerColumns: null, render: shortCut(simple, settings) };
  }
  return {
    source,
    columns: columnsOf(source),
    customerColumns: customerColumnsOf(source),
    render: fullRender(source, templates, settings),
  };
}

function parse(source: string, path: string): Template[] {
  try {
    return engine.parse(source);
  } catch (error) {
    const { message } = error as LiquidError;
    const [, what = message, line, column] = /^(.*?)(?:, line:(\d+), col:(\d+))?$/s.exec(message) ?? [];
    const place = line === undefined ? '' : ` (line ${line}, column ${column})`;
    throw badTemplate(path, `The template has a mistake${place}: ${what}.`, error);
  }
}

function checkTables(source: string, settings: TemplateSettings, path: string): void {
  for (const table of tablesNamed(source)) {
    if (!settings.translations.has(table)) {
      const known = [...settings.translations.keys()].map((name) => `"${name}"`).join(', ') || 'none';
      throw badTemplate(path, `There is no translation table "${table}"; there are: ${known}.`);
    }
  }
}

function badTemplate(path: string, hint: string, cause?: unknown): AppError {
  return new AppError({
    code: 'bad_template',
    retry: 'person',
    message: `${path}: ${hint}`,
    hint,
    where: { path },
    cause,
  });
}

function columnsOfSimple(simple: SimpleTemplate): string[] {
  const named = simple.filters.flatMap((filter) =>
    filter.args.flatMap((arg) => ('column' in arg ? [arg.column] : [])),
  );
  return [simple.column, ...named];
}

function columnsOf(source: string): string[] {
  const columns = engine.globalVariableSegmentsSync(source).flatMap(([first, second]) => {
    const name = first === 'row' ? second : first;
    return typeof name === 'string' && (first === 'row' || !RESERVED.has(name)) ? [name] : [];
  });
  return [...new Set(columns)];
}

function customerColumnsOf(source: string): string[] | null {
  const looks = engine.globalVariableSegmentsSync(source).filter(([first]) => first === 'customer');
  return looks.length === 0 ? null : looks.flatMap(([, name]) => (typeof name === 'string' ? [name] : []));
}

function shortCut(
  { column, filters }: SimpleTemplate,
  settings: TemplateSettings,
): CompiledTemplate['render'] {
  if (filters.length === 0) {
    return ({ row }) => cleanText(cellOf(row, column));
  }
  const steps = filters.map(({ name, args }) => ({ run: SHORT_CUT_FILTERS.get(name), args }));
  const isTyped = typedFilter(filters.at(-1)?.name) !== null;
  return ({ row }, notes) => {
    const call = { settings, notes };
    let value: unknown = cellOf(row, column);
    for (const { run, args } of steps) {
      value = run?.(
        call,
        value,
        args.map((arg) => argumentOf(arg, row)),
      );
    }
    return isTyped ? cleanValue(value) : cleanText(textOf(value));
  };
}

function argumentOf(argument: SimpleArgument, row: SourceRow): unknown {
  return 'text' in argument
    ? argument.text
    : 'number' in argument
      ? argument.number
      : cellOf(row, argument.column);
}

function fullRender(
  source: string,
  templates: Template[],
  settings: TemplateSettings,
): CompiledTemplate['render'] {
  const type = typeOfResult(source);
  return (scope, notes) => {
    scope.variables ??= {
      ...scope.row,
      row: scope.row,
      items: scope.items ?? [],
      customer: scope.customer ?? {},
    };
    let text: string;
    try {
      text = cleanText(
        String(
          engine.renderSync(templates, scope.variables, {
            globals: { [CALL]: { settings, notes } },
            renderLimit: settings.renderLimitMs?.(),
          }),
        ),
      );
    } catch (error) {
      notes.warn(
        'template_failed',
        `The template stopped: ${(error as Error).message}. The value is left out.`,
        '',
      );
      return '';
    }
    return type === null ? text : typedValue(text, type);
  };
}

type ResultType = 'number' | 'boolean' | 'json';

function typedFilter(name: string | undefined): ResultType | null {
  return name === 'number' || name === 'boolean' || name === 'json' ? name : null;
}

/**
 * The type of what a template prints: that of its output's last filter when nothing else is printed. Branches count as
 * one output when all end in the same filter; loops and captures print text.
 */
function typeOfResult(source: string): ResultType | null {
  if (/\{%-?\s*(for|tablerow|capture|liquid|echo|cycle|increment|decrement|raw)\b/.test(source)) {
    return null;
  }
  const hasBranches = /\{%-?\s*(if|unless|case)\b/.test(source);
  const printed = source.replace(/\{%.*?%\}/gs, '').trim();
  const outputs = printed.match(/\{\{(?:[^"'}]|"[^"]*"|'[^']*')*\}\}/g) ?? [];
  const types = new Set(outputs.map((output) => /\|\s*(\w+)\s*-?\}\}$/.exec(output)?.[1]));
  const isAlone =
    outputs.join('').length === printed.replace(/\s+(?=\{\{|$)/g, '').length &&
    (outputs.length === 1 || hasBranches);
  return isAlone && types.size === 1 ? typedFilter([...types][0]) : null;
}

function typedValue(text: string, type: ResultType): JsonValue {
  if (text === '') {
    return '';
  }
  if (type === 'number') {
    return cleanValue(Number(text));
  }
  if (type === 'boolean') {
    return text === 'true';
  }
  try {
    return cleanValue(JSON.parse(text));
  } catch {
    return text;
  }
}

/** Without surrounding blanks, and without the characters that neither JSON over the wire nor the database can hold. */
export function cleanText(text: string): string {
  // eslint-disable-next-line no-control-regex -- NUL is exactly what has to go
  return /[\u0000\ud800-\udfff]/.test(text) ? text.replace(/\u0000|\p{Surrogate}/gu, '').trim() : text.trim();
}

/** The value as JSON without nulls: Klaviyo's bulk import has no defined meaning for them. */
function cleanValue(value: unknown): JsonValue {
  if (typeof value === 'string') {
    return cleanText(value);
  }
  if (typeof value === 'boolean') {
    return value;
  }
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : '';
  }
  if (Array.isArray(value)) {
    return value.filter((entry) => entry !== null && entry !== undefined).map(cleanValue);
  }
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
    return Object.fromEntries(members.map(([name, member]) => [cleanText(name), cleanValue(member)]));
  }
  return '';
}
