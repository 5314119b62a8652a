import { looseName } from './columns.ts';
import { compileSettings } from './compile-rules.ts';
import { isAppError } from './errors.ts';
import type { Condition, Mapping } from './rules.ts';
import { compileTemplate } from './template.ts';

/** Names of the columns that a mapping reads, compared as headers are. A template that is broken reads none. */
export function columnsRead({ rules }: Pick<Mapping, 'rules'>): Set<string> {
  const names = rules.flatMap(({ when, template }) => [
    ...(when === undefined ? [] : columnsOfCondition(when)),
    ...columnsOfTemplate(template),
  ]);
  return new Set(names.map(looseName));
}

function columnsOfCondition(condition: Condition): string[] {
  if ('column' in condition) {
    return [condition.column];
  }
  const parts = 'all' in condition ? condition.all : 'any' in condition ? condition.any : condition.not;
  return parts.flatMap(columnsOfCondition);
}

const SETTINGS = compileSettings({ timezone: 'UTC', phoneCountry: 'AU', translations: {} });

function columnsOfTemplate(template: string): string[] {
  try {
    // Which tables there are does not matter here.
    const plain = template.replace(/\|\s*translate\s*:\s*("[^"]*"|'[^']*')/g, '');
    return compileTemplate(plain, SETTINGS, '').columns;
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    return [];
  }
}
