const SIMPLE = /^(0|[1-9]\d*)(\.\d+)?$/;
const PLAIN = /^\d+(\.\d+)?$|^\.\d+$|^\d+\.$/;
const EXPONENT = /^\d+(\.\d+)?e[+-]?\d{1,3}$/i;
const GROUPED_BY_COMMA = /^\d{1,3}(,\d{3})+(\.\d*)?$/;
const GROUPED_BY_DOT = /^\d{1,3}(\.\d{3}){2,}(,\d*)?$|^\d{1,3}(\.\d{3})+,\d*$/;
const COMMA_DECIMALS = /^\d+,\d{1,2}$|^\d+,\d{4,}$/;

/**
 * A number as exports write it: `1234.5`, `1,234.50`, `1.234,50`, `1 234,50`, `$1,234.50`, `(12.50)` and `12.50-` for
 * negative ones, `1.5E+03`. One comma before exactly three digits separates thousands. Null when it is none.
 */
export function readNumber(text: string): number | null {
  if (SIMPLE.test(text)) {
    return finite(text);
  }
  const compact = text.replace(/[\s'\u00a0\u202f]/g, '');
  const [, opening, body, closing] =
    /^(\(?[+-]?)(?:[A-Z]{0,3}[$€£¥]|[A-Z]{3})?([^()]*?)(-?\)?)$/.exec(compact) ?? [];
  if (body === undefined || opening === undefined || closing === undefined) {
    return null;
  }
  const isBracketed = opening.startsWith('(') && closing.endsWith(')');
  if (opening.startsWith('(') !== closing.endsWith(')')) {
    return null;
  }
  // "$-5" and "-$5" are both written; the sign may stand on either side of the currency, but only once.
  const inner = /^([+-]?)(.*)$/.exec(body);
  const signs = [opening.replace('(', ''), inner?.[1] ?? '', closing.replace(')', '')].filter(
    (sign) => sign !== '',
  );
  const size = readUnsigned(inner?.[2] ?? '');
  if (size === null || signs.length + (isBracketed ? 1 : 0) > 1) {
    return null;
  }
  const value = isBracketed || signs[0] === '-' ? -size : size;
  return value === 0 ? 0 : value;
}

function readUnsigned(digits: string): number | null {
  if (PLAIN.test(digits) || EXPONENT.test(digits)) {
    return finite(digits);
  }
  if (GROUPED_BY_COMMA.test(digits)) {
    return finite(digits.replaceAll(',', ''));
  }
  if (GROUPED_BY_DOT.test(digits) || COMMA_DECIMALS.test(digits)) {
    return finite(digits.replaceAll('.', '').replace(',', '.'));
  }
  return null;
}

function finite(digits: string): number | null {
  const value = Number(digits);
  return Number.isFinite(value) ? value : null;
}

/** Sum without the dust of binary fractions: rounded to four decimals, enough for any currency. */
export function sumOf(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const rounded = Number(sum.toFixed(4));
  return rounded === 0 ? 0 : rounded;
}
