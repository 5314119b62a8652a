import type { TranslationTable } from './rules.ts';

/** A translation table ready for look-ups. */
export type Translation = {
  name: string;
  /** The translated text, or what the table does with an unknown value; `isMissing` when the value stands nowhere. */
  translate(value: string): { text: string; isMissing: boolean };
};

/** Values are compared trimmed, exactly first, then without case. A blank value stays blank and is never missing. */
export function compileTranslation(name: string, table: TranslationTable): Translation {
  const exact = new Map<string, string>();
  const loose = new Map<string, string>();
  for (const [value, text] of Object.entries(table.entries)) {
    exact.set(value.trim(), text);
    if (!loose.has(value.trim().toLowerCase())) {
      loose.set(value.trim().toLowerCase(), text);
    }
  }
  return {
    name,
    translate(value) {
      const wanted = value.trim();
      if (wanted === '') {
        return { text: '', isMissing: false };
      }
      const found = exact.get(wanted) ?? loose.get(wanted.toLowerCase());
      if (found !== undefined) {
        return { text: found, isMissing: false };
      }
      return { text: whenMissing(table.whenMissing, wanted), isMissing: true };
    },
  };
}

function whenMissing(policy: string, value: string): string {
  if (policy === 'keep') {
    return value;
  }
  return policy === 'blank' ? '' : policy;
}
