import { cellOf, compileCondition, type CompiledCondition } from './condition.ts';
import { AppError, isAppError } from './errors.ts';
import type { Condition, ConnectionRules, Mapping, MappingScope } from './rules.ts';
import { blankProblem, readTarget, type Target } from './targets.ts';
import { cleanText, compileTemplate, type CompiledTemplate } from './template.ts';
import type { TemplateSettings } from './template-filters.ts';
import { createTimeReader, isTimeZone } from './time.ts';
import { compileTranslation } from './translate.ts';

export type CompiledRule = { when: CompiledCondition | null; template: CompiledTemplate };

export type CompiledMapping = {
  scope: MappingScope;
  description: string;
  blank: string;
  rules: CompiledRule[];
  /** The first column that the mapping reads: where a warning points. */
  column: string | undefined;
};

/** All mappings of one target in their order: the first that gives something wins. */
export type TargetGroup = { text: string; target: Target; mappings: CompiledMapping[] };

/** Rules of a connection made ready for many rows. */
export type CompiledRules = {
  rules: ConnectionRules;
  settings: TemplateSettings;
  targets: Record<MappingScope, TargetGroup[]>;
  /** Columns that mappings of each scope read. */
  columnsOfScope: Record<MappingScope, ReadonlySet<string>>;
  /** Every column that anything in the rules names. */
  columnsUsed: ReadonlySet<string>;
  /** Columns of the customer that templates of orders and their items name; null = none looks at the customer. */
  customerColumns: ReadonlySet<string> | null;
  /** Start of the day before which events are history; null = none is. */
  historyBeforeMs: number | null;
};

/**
 * Compiles the rules of a connection once for many rows. `limits` are for evaluations that somebody waits for.
 * Errors: AppError `bad_template`, `bad_target`, `bad_condition`, `bad_rules` with the path of the first mistake.
 */
export function compileRules(
  rules: ConnectionRules,
  limits: Pick<TemplateSettings, 'renderLimitMs'> = {},
): CompiledRules {
  const settings = { ...compileSettings(rules), ...limits };
  const targets: CompiledRules['targets'] = { customer: [], order: [], item: [], reward: [] };
  for (const [index, mapping] of rules.mappings.entries()) {
    addMapping(targets[mapping.scope], mapping, compileMapping(mapping, settings, `mappings[${index}]`));
  }
  addCustomerColumns(targets.customer, rules);
  const columnsOfScope = {
    customer: columnsOfGroups(targets.customer),
    order: columnsOfGroups(targets.order),
    item: columnsOfGroups(targets.item),
    reward: columnsOfGroups(targets.reward),
  };
  return {
    rules,
    settings,
    targets,
    columnsOfScope,
    columnsUsed: new Set([
      ...settingsColumns(rules),
      ...Object.values(columnsOfScope).flatMap((names) => [...names]),
    ]),
    customerColumns: customerColumnsOf([...targets.order, ...targets.item]),
    historyBeforeMs:
      rules.historyBefore === null ? null : (settings.time.read(rules.historyBefore)?.ms ?? null),
  };
}

/** What templates and conditions of these rules work with. Errors: AppError `bad_rules` for an unknown zone. */
export function compileSettings(
  rules: Pick<ConnectionRules, 'timezone' | 'phoneCountry' | 'translations'>,
): TemplateSettings {
  if (!isTimeZone(rules.timezone)) {
    throw badRules(
      'bad_rules',
      'timezone',
      `"${rules.timezone}" is not a time zone such as Australia/Sydney.`,
    );
  }
  const tables = Object.entries(rules.translations);
  return {
    time: createTimeReader(rules.timezone),
    phoneCountry: rules.phoneCountry,
    translations: new Map(tables.map(([name, table]) => [name, compileTranslation(name, table)])),
  };
}

/** One mapping made ready. Errors: AppError of its first mistake. */
export function compileMapping(
  mapping: Mapping,
  settings: TemplateSettings,
  path: string,
): { target: Target; compiled: CompiledMapping } {
  const [problem] = mappingProblems(mapping, settings, path);
  if (problem !== undefined) {
    throw problem;
  }
  const target = readTarget(mapping.scope, mapping.target);
  if ('problem' in target) {
    throw badRules('bad_target', `${path}.target`, target.problem);
  }
  const rules = mapping.rules.map((rule, index) => ({
    when:
      rule.when === undefined
        ? null
        : compileCondition(rule.when, settings.time, `${path}.rules[${index}].when`),
    template: compileTemplate(rule.template, settings, `${path}.rules[${index}].template`),
  }));
  const column =
    rules.flatMap(({ template }) => template.columns)[0] ??
    rules.flatMap(({ when }) => when?.columns ?? [])[0];
  const { scope, description, blank } = mapping;
  return { target, compiled: { scope, description, blank, rules, column } };
}

/** A mapping of which some parts may be missing because they are not even of the right kind. */
export type PartialMapping = {
  scope?: MappingScope;
  target?: string;
  blank?: string;
  rules: { when?: Condition; template?: string }[];
};

/** Every mistake of a mapping, each with its path. */
export function mappingProblems(
  mapping: PartialMapping,
  settings: TemplateSettings,
  path: string,
): AppError[] {
  const problems: AppError[] = [];
  function attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!isAppError(error)) {
        throw error;
      }
      problems.push(error);
    }
  }
  attempt(() => checkTarget(mapping, path));
  if (mapping.rules.length === 0) {
    problems.push(badRules('bad_rules', `${path}.rules`, 'A mapping needs at least one rule.'));
  }
  for (const [index, { when, template }] of mapping.rules.entries()) {
    if (when !== undefined) {
      attempt(() => compileCondition(when, settings.time, `${path}.rules[${index}].when`));
    }
    if (template !== undefined) {
      attempt(() => compileTemplate(template, settings, `${path}.rules[${index}].template`));
    }
  }
  return problems;
}

function checkTarget({ scope, target: text, blank }: PartialMapping, path: string): void {
  if (scope === undefined || text === undefined) {
    return;
  }
  const target = readTarget(scope, text);
  if ('problem' in target) {
    throw badRules('bad_target', `${path}.target`, target.problem);
  }
  const problem = blank === undefined ? null : blankProblem(target, blank);
  if (problem !== null) {
    throw badRules('bad_rules', `${path}.blank`, problem);
  }
}

function addMapping(
  groups: TargetGroup[],
  mapping: Pick<Mapping, 'target'>,
  { target, compiled }: { target: Target; compiled: CompiledMapping },
): void {
  const group = groups.find((one) => one.text === mapping.target);
  if (group === undefined) {
    groups.push({ text: mapping.target, target, mappings: [compiled] });
  } else {
    group.mappings.push(compiled);
  }
}

/** Where no mapping says otherwise, the column settings give e-mail, phone and name. */
function addCustomerColumns(groups: TargetGroup[], rules: ConnectionRules): void {
  const { email, phone, firstName, lastName } = rules.columns.customers;
  const defaults = [
    ['email', email],
    ['phone_number', phone],
    ['first_name', firstName],
    ['last_name', lastName],
  ] as const;
  for (const [name, column] of defaults) {
    if (column !== undefined && !groups.some((group) => group.text === name)) {
      const template = columnTemplate(column);
      const description = `Column ${column}`;
      addMapping(
        groups,
        { target: name },
        {
          target: { kind: 'core', name },
          compiled: {
            scope: 'customer',
            description,
            blank: 'keep',
            rules: [{ when: null, template }],
            column,
          },
        },
      );
    }
  }
}

/** The template `{{ row["…"] }}`, for names that hold quotes, too. */
function columnTemplate(column: string): CompiledTemplate {
  return {
    source: `{{ row["${column}"] }}`,
    columns: [column],
    customerColumns: null,
    render: ({ row }) => cleanText(cellOf(row, column)),
  };
}

function columnsOfGroups(groups: TargetGroup[]): Set<string> {
  const rules = groups.flatMap((group) => group.mappings.flatMap((mapping) => mapping.rules));
  return new Set(rules.flatMap(({ when, template }) => [...(when?.columns ?? []), ...template.columns]));
}

function customerColumnsOf(groups: TargetGroup[]): Set<string> | null {
  const looks = groups.flatMap((group) =>
    group.mappings.flatMap(({ rules }) => rules.flatMap(({ template }) => template.customerColumns ?? [])),
  );
  const isLookedAt = groups.some((group) =>
    group.mappings.some(({ rules }) => rules.some(({ template }) => template.customerColumns !== null)),
  );
  return isLookedAt ? new Set(looks) : null;
}

function settingsColumns(rules: ConnectionRules): string[] {
  const names = Object.values(rules.columns).flatMap((columns) => Object.values<string | undefined>(columns));
  return names.filter((name) => name !== undefined);
}

function badRules(code: string, path: string, hint: string): AppError {
  return new AppError({ code, retry: 'person', message: `${path}: ${hint}`, hint, where: { path } });
}
