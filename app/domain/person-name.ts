/**
 * A name in ordinary letters when it is written all in capitals: `MARY-JANE O'BRIEN` → `Mary-Jane O'Brien`, `MCDONALD` →
 * `McDonald`. Any other name is left as its owner writes it.
 */
export function titlecaseName(text: string): string {
  if (/^[A-Z]{2,}$/.test(text) && !text.startsWith('MC')) {
    return text.charAt(0) + text.slice(1).toLowerCase();
  }
  if (text !== text.toUpperCase() || (text.match(/\p{L}/gu) ?? []).length < 2) {
    return text;
  }
  return (
    text
      .toLowerCase()
      .replace(
        /(^|[\s\-'’.(/])(\p{L})/gu,
        (_, before: string, letter: string) => before + letter.toUpperCase(),
      )
      .replace(
        /(^|[\s-])Mc(\p{L})/gu,
        (_, before: string, letter: string) => `${before}Mc${letter.toUpperCase()}`,
      )
      // The s after an apostrophe is a genitive, not an Irish name.
      .replace(/(['’])S(?=\s|$)/gu, '$1s')
  );
}

const ABBREVIATIONS = new Map(
  ['ID', 'SKU', 'SMS', 'VIP', 'URL', 'GST', 'VAT', 'POS', 'RFM', 'AP21'].map((word) => [
    word.toLowerCase(),
    word,
  ]),
);

/** Property name of a column: `JOINED_STORE_ID` → `Joined Store ID`. A word in mixed letters stays as it is. */
export function propertyName(column: string): string {
  return column
    .split(/[\s_\-.]+/)
    .filter((word) => word !== '')
    .map(titlecaseWord)
    .join(' ');
}

function titlecaseWord(word: string): string {
  const lower = word.toLowerCase();
  if (word !== lower && word !== word.toUpperCase()) {
    return word;
  }
  return ABBREVIATIONS.get(lower) ?? lower.charAt(0).toUpperCase() + lower.slice(1);
}
