import type { CompiledMapping, TargetGroup } from './compile-rules.ts';
import type { Notes } from './mapping-notes.ts';
import type { JsonValue, SourceRow } from './records.ts';
import type { RenderScope } from './template.ts';

/** What the mappings of a target say about a row. `clear` and `keep` are what to do about a blank. */
export type TargetResult =
  | { outcome: 'value'; value: JsonValue; by: CompiledMapping }
  | { outcome: 'clear'; by: CompiledMapping }
  | { outcome: 'keep' };

const KEEP: TargetResult = { outcome: 'keep' };

/**
 * Asks the mappings of a target in order: in each, the first rule that holds gives its template. The first result that
 * is not blank stands. When all are blank, the first mapping that applied and wants more than `keep` decides.
 */
export function evaluateTarget(group: TargetGroup, scope: RenderScope, notes: Notes): TargetResult {
  let blank: CompiledMapping | null = null;
  for (const mapping of group.mappings) {
    notes.checkTime?.();
    const rule = heldRule(mapping, scope.row);
    if (rule === undefined) {
      note(notes, group, mapping, null, null, '', 'not-applied');
      continue;
    }
    notes.about(group.text, mapping.column);
    const value = rule.template.render(scope, notes);
    if (value !== '') {
      note(notes, group, mapping, mapping.rules.indexOf(rule), rule.template.source, value, 'used');
      return { outcome: 'value', value, by: mapping };
    }
    note(notes, group, mapping, mapping.rules.indexOf(rule), rule.template.source, '', 'blank');
    if (blank === null && mapping.blank !== 'keep') {
      blank = mapping;
    }
  }
  return blank === null ? KEEP : blankResult(group, blank, notes);
}

function heldRule(mapping: CompiledMapping, row: SourceRow): CompiledMapping['rules'][number] | undefined {
  // A plain loop: this runs for every target of every row.
  for (const rule of mapping.rules) {
    if (rule.when === null || rule.when.holds(row)) {
      return rule;
    }
  }
  return undefined;
}

function blankResult(group: TargetGroup, mapping: CompiledMapping, notes: Notes): TargetResult {
  if (mapping.blank === 'clear') {
    return { outcome: 'clear', by: mapping };
  }
  note(notes, group, mapping, null, null, mapping.blank, 'used');
  return { outcome: 'value', value: mapping.blank, by: mapping };
}

function note(
  notes: Notes,
  group: TargetGroup,
  mapping: CompiledMapping,
  rule: number | null,
  template: string | null,
  result: JsonValue,
  standing: 'used' | 'blank' | 'not-applied',
): void {
  notes.trace?.push({
    scope: mapping.scope,
    target: group.text,
    mapping: mapping.description,
    rule,
    template,
    result: result === '' ? null : result,
    standing,
  });
}

/** The result as text; a number or yes/no is printed, a list or object is none. */
export function textResult(value: JsonValue): string | null {
  return typeof value === 'string' ? value : typeof value === 'object' ? null : String(value);
}
