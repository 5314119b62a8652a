import {
  getCountries,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
} from 'libphonenumber-js/max';

export type RepairedPhone = { e164: string } | { problem: string };

const REMEMBERED = 20_000;
const LONGEST = 60;
/** Repairs are pure, and parsing costs far more than looking up: full exports repeat the same cells every day. */
const remembered = new Map<string, RepairedPhone>();

/** Three-letter codes and everyday names that a country column holds beside two-letter codes and English names. */
const OTHER_NAMES = new Map<string, CountryCode>([
  ['aus', 'AU'],
  ['nzl', 'NZ'],
  ['gbr', 'GB'],
  ['uk', 'GB'],
  ['great britain', 'GB'],
  ['england', 'GB'],
  ['scotland', 'GB'],
  ['wales', 'GB'],
  ['northern ireland', 'GB'],
  ['usa', 'US'],
  ['united states of america', 'US'],
  ['can', 'CA'],
  ['irl', 'IE'],
  ['sgp', 'SG'],
  ['hkg', 'HK'],
  ['hong kong', 'HK'],
  ['chn', 'CN'],
  ['jpn', 'JP'],
  ['ind', 'IN'],
  ['deu', 'DE'],
  ['fra', 'FR'],
  ['ita', 'IT'],
  ['esp', 'ES'],
  ['nld', 'NL'],
  ['zaf', 'ZA'],
  ['mys', 'MY'],
  ['idn', 'ID'],
  ['phl', 'PH'],
  ['tha', 'TH'],
  ['fji', 'FJ'],
  ['are', 'AE'],
]);

let countryNames: Map<string, CountryCode> | null = null;

/** Country of a cell: ISO two-letter code, common three-letter code or English name, in any case. Null = not known. */
export function readCountry(text: string): CountryCode | null {
  const name = text.trim().toLowerCase();
  const code = name.toUpperCase();
  if (code.length === 2 && isSupportedCountry(code)) {
    return code;
  }
  countryNames ??= englishCountryNames();
  return OTHER_NAMES.get(name) ?? countryNames.get(name) ?? null;
}

function englishCountryNames(): Map<string, CountryCode> {
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  return new Map(getCountries().map((code) => [(names.of(code) ?? code).toLowerCase(), code]));
}

/**
 * A phone number in E.164, repaired the way people write them: brackets, blanks, a missing leading zero, a country code
 * without plus, `0061…`, two numbers in one cell (the first usable one counts). `country` (ISO, two letters) is assumed
 * where the number names none. Landlines are fine. Otherwise what is wrong, in words that follow "the phone number".
 */
export function repairPhone(text: string, country: string): RepairedPhone {
  const key = `${country} ${text}`;
  const known = remembered.get(key);
  if (known !== undefined) {
    return known;
  }
  if (remembered.size >= REMEMBERED) {
    remembered.clear();
  }
  const repaired = repair(text.trim(), country.toUpperCase());
  remembered.set(key, repaired);
  return repaired;
}

function repair(text: string, country: string): RepairedPhone {
  if (text.length > LONGEST) {
    return { problem: 'is too long to be one' };
  }
  if (/^\d([.,]\d+)?E\+?\d+$/i.test(text)) {
    return { problem: 'was cut by a spreadsheet; export the column as text' };
  }
  if (/\p{L}{2}/u.test(text.replace(/\b(ext|tel|mob|mobile|ph|phone|home|work|or|x)\b/gi, ''))) {
    return { problem: 'contains words' };
  }
  for (const candidate of candidatesOf(text)) {
    const e164 = parse(candidate, country);
    if (e164 !== null) {
      return { e164 };
    }
  }
  const digits = text.replace(/\D/g, '').length;
  if (digits === 0) {
    return { problem: 'has no digits' };
  }
  return { problem: digits < 8 ? 'is too short' : `is not a number of ${country} or another country` };
}

function candidatesOf(text: string): string[] {
  const parts = text.split(/[/;,|]|\bor\b/i).map((part) => part.trim());
  return [...new Set([text, ...parts])].filter((part) => part !== '');
}

function parse(text: string, country: string): string | null {
  const assumed = isSupportedCountry(country) ? country : undefined;
  const written = text.replace(/\(0\)/g, '');
  const phone = parsePhoneNumberFromString(written, assumed);
  if (phone?.isValid() === true) {
    return phone.number;
  }
  // 00 is what most of the world dials before a country code, though not Australia (0011) or the United States (011).
  const digits = written.replace(/[^\d+]/g, '');
  const abroad = /^00[1-9]/.test(digits) ? parsePhoneNumberFromString(`+${digits.slice(2)}`) : undefined;
  return abroad?.isValid() === true ? abroad.number : null;
}
