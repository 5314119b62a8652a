import type { CompiledRules, TargetGroup } from './compile-rules.ts';
import { cellOf } from './condition.ts';
import { evaluateTarget, type TargetResult } from './evaluate-target.ts';
import { createNotes } from './mapping-notes.ts';
import { conditionInWords } from './mapping-words.ts';
import type { Mapping, MappingScope } from './rules.ts';
import type { RenderScope } from './template.ts';

export type Lookup = { table: string; from: string; to: string; isMissing: boolean };

/** Why a target has its value. Everything is words, so that a page only has to print it. */
export type ValueReason = {
  /** What decided: `mapping` (see `mapping`), `column` settings, or Threadline itself. */
  source: 'mapping' | 'column' | 'built-in';
  /** The mapping's description, `Column setting EMAIL`, or what is built in, in a sentence. */
  words: string;
  /** The mapping as the rules hold it; null for the other sources. */
  mapping: Mapping | null;
  /** `Rule 2 of 3, when STORE_CODE is "SYD01"`; null where no rule decided. */
  rule: string | null;
  template: string | null;
  /** The cells that condition and template read. */
  cells: { column: string; value: string }[];
  lookups: Lookup[];
  /** Mappings of the same target that were asked before, and why they gave nothing. */
  passedOver: string[];
  warnings: string[];
};

export type ExplainedTarget = {
  scope: MappingScope;
  target: string;
  result: TargetResult;
  reason: ValueReason;
};

/** Asks one target as an import does, and tells how the answer came about. Pure. */
export function explainTarget(
  compiled: CompiledRules,
  mappingScope: MappingScope,
  group: TargetGroup,
  scope: RenderScope,
): ExplainedTarget {
  const lookups: Lookup[] = [];
  const notes = {
    ...createNotes({ trace: true }),
    translated(lookup: Lookup) {
      if (lookup.from !== '') {
        lookups.push(lookup);
      }
    },
  };
  const result = evaluateTarget(group, scope, notes);
  const stored = compiled.rules.mappings.filter(
    (mapping) => mapping.scope === mappingScope && mapping.target === group.text,
  );
  // Who decided; where nobody did, the first that was asked is the one to look at.
  const by = result.outcome === 'keep' ? group.mappings[0] : result.by;
  const place = by === undefined ? -1 : group.mappings.indexOf(by);
  const mapping = stored[place] ?? null;
  const trace = notes.trace ?? [];
  // One entry for each mapping that was asked, in order; a fixed text for a blank adds one at the end.
  const rule = trace[place]?.rule ?? null;
  const isBlank = trace[place]?.standing === 'blank';
  const decided = rule === null ? undefined : by?.rules[rule];
  const columns =
    decided === undefined ? [] : [...(decided.when?.columns ?? []), ...decided.template.columns];
  return {
    scope: mappingScope,
    target: group.text,
    result,
    reason: {
      source: mapping === null ? 'column' : 'mapping',
      words: mapping === null ? `Column setting ${by?.column ?? ''}`.trim() : mapping.description,
      mapping,
      rule: ruleWords(mapping, rule, isBlank ? result : null),
      template: mapping === null ? null : (decided?.template.source ?? null),
      cells: [...new Set(columns)].map((column) => ({ column, value: cellOf(scope.row, column) })),
      lookups,
      passedOver: trace.slice(0, Math.max(place, 0)).map(({ mapping: name, standing }) => {
        const called = name === '' ? 'A mapping without description' : `"${name}"`;
        return standing === 'blank' ? `${called} came out blank.` : `${called} has no rule that holds here.`;
      }),
      warnings: [...new Set(notes.warnings.map((issue) => issue.message))],
    },
  };
}

/** `ofBlank`: what became of a blank result; null = it was none. */
function ruleWords(
  mapping: Mapping | null,
  rule: number | null,
  ofBlank: TargetResult | null,
): string | null {
  if (mapping === null) {
    return null;
  }
  if (rule === null) {
    return 'None of its rules holds for this row.';
  }
  const condition = mapping.rules[rule]?.when;
  const when = condition === undefined ? 'always' : conditionInWords(condition);
  const place = mapping.rules.length === 1 ? 'Its only rule' : `Rule ${rule + 1} of ${mapping.rules.length}`;
  const words = when === 'always' ? `${place}, which always holds.` : `${place}, because ${when}.`;
  switch (ofBlank?.outcome) {
    case 'clear':
      return `${words} It came out blank, and a blank clears the value in Klaviyo.`;
    case 'keep':
      return `${words} It came out blank, and a blank leaves Klaviyo's value as it is.`;
    case 'value':
      return `${words} It came out blank, and a blank sends "${mapping.blank}" instead.`;
    default:
      return words;
  }
}

/** A reason that no mapping and no setting is behind. */
export function builtIn(words: string, cells: ValueReason['cells'] = []): ValueReason {
  return {
    source: 'built-in',
    words,
    mapping: null,
    rule: null,
    template: null,
    cells,
    lookups: [],
    passedOver: [],
    warnings: [],
  };
}

/** A reason that is a column of the settings. */
export function columnSetting(column: string, value: string, more = ''): ValueReason {
  return {
    ...builtIn(`Column setting ${column}${more === '' ? '' : `: ${more}`}`, [{ column, value }]),
    source: 'column',
  };
}
