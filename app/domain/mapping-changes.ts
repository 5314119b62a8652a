import type { ConfigChange } from './config-changes.ts';
import { blankInWords, conditionInWords, SCOPE_WORDS } from './mapping-words.ts';
import type { Mapping } from './rules.ts';

/** Everything about a mapping that a person can change on its page. */
export type MappingState = Mapping & {
  /** Name of its connection; null = it counts for the whole shop. */
  connection: string | null;
  enabled: boolean;
};

/** What differs between two states of a mapping, field by field, in words; null = it was not there. */
export function mappingChanges(before: MappingState | null, after: MappingState | null): ConfigChange[] {
  const old = before === null ? new Map<string, string>() : fieldsOf(before);
  const now = after === null ? new Map<string, string>() : fieldsOf(after);
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }));
}

/** Where a mapping stands in the audit trail, as `apply` writes it. */
export function mappingPath({ scope, target }: Pick<Mapping, 'scope' | 'target'>): string {
  return `mappings[${scope} ${target}]`;
}

/** A field's name for people: `rules[0].template` → `Rule 1, template`. */
export function fieldInWords(path: string): string {
  const [, number, part] = /^rules\[(\d+)\]\.(when|template)$/.exec(path) ?? [];
  if (number !== undefined) {
    return `Rule ${Number(number) + 1}, ${part === 'when' ? 'when' : 'template'}`;
  }
  return FIELD_WORDS[path] ?? path;
}

const FIELD_WORDS: Record<string, string> = {
  scope: 'Scope',
  target: 'Target',
  description: 'Description',
  connection: 'Connection',
  blank: 'When the result is blank',
  enabled: 'Switched',
};

function fieldsOf(state: MappingState): Map<string, string> {
  const fields = new Map([
    ['scope', SCOPE_WORDS[state.scope]],
    ['target', state.target],
    ['description', state.description],
    ['connection', state.connection ?? 'All connections'],
    ['blank', blankInWords(state.blank)],
    ['enabled', state.enabled ? 'on' : 'off'],
  ]);
  for (const [index, { when, template }] of state.rules.entries()) {
    fields.set(`rules[${index}].when`, when === undefined ? 'always' : conditionInWords(when));
    fields.set(`rules[${index}].template`, template);
  }
  return fields;
}
