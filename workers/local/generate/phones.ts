import type { Country } from './places.ts';
import { createPermutation, placeOf, STREAM, type Draws } from './random.ts';

export type Phone = { text: string; kind: 'mobile' | 'landline' | 'blank' | 'unusable' };
type PhoneBook = {
  /**
   * The phone of a person as someone typed it. Two people never get one number, because Klaviyo allows a number to one
   * profile only. The numbers are valid in form and may belong to somebody: generated files are not for live accounts.
   */
  phoneOf(draws: Draws, country: Country, index: number, version: number): Phone;
};

const BLANK_SHARE = 0.2;
const UNUSABLE_SHARE = 0.01;
const LANDLINE_SHARE = 0.06;
/** Numbers kept free for each person's later phones. */
const VERSIONS = 4;
const UNUSABLE = ['n/a', 'none', '12345', '0412 34', '0000000000', 'unknown', '04', 'see notes', '99999'];

/** What follows the 0; each is followed by seven more digits (NZ landlines: by six). */
const MOBILE_STARTS: Record<Country, readonly string[]> = {
  AU: ['40', '41', '42', '43', '46'],
  NZ: ['20', '21', '22', '27'],
};
const LANDLINE_STARTS: Record<Country, readonly string[]> = {
  AU: ['29', '39', '73'],
  NZ: ['92', '93', '94', '95', '96', '98', '42', '43', '44', '45', '46', '48'],
};

export function createPhoneBook(draws: Draws, dirtyRate: number): PhoneBook {
  const mobiles = {
    AU: createSeries(draws.restart(STREAM.serial, 0), MOBILE_STARTS.AU, 7),
    NZ: createSeries(draws.restart(STREAM.serial, 1), MOBILE_STARTS.NZ, 7),
  };
  const landlines = {
    AU: createSeries(draws.restart(STREAM.serial, 2), LANDLINE_STARTS.AU, 7),
    NZ: createSeries(draws.restart(STREAM.serial, 3), LANDLINE_STARTS.NZ, 6),
  };
  return {
    phoneOf(from, country, index, version) {
      const kind = from.next();
      // A person who gives a new number gives a real one.
      if (version === 0 && kind < BLANK_SHARE * dirtyRate) {
        return { text: '', kind: 'blank' };
      }
      if (version === 0 && kind < (BLANK_SHARE + UNUSABLE_SHARE) * dirtyRate) {
        return { text: from.pick(UNUSABLE), kind: 'unusable' };
      }
      if (from.chance(LANDLINE_SHARE)) {
        return { text: landlineText(from, landlines[country](index, version)), kind: 'landline' };
      }
      return { text: mobileText(from, country, mobiles[country](index, version)), kind: 'mobile' };
    },
  };
}

/** Numbers of nine digits or so, each with one of the starts, in no visible order and none twice. */
function createSeries(
  draws: Draws,
  starts: readonly string[],
  digits: number,
): (index: number, version: number) => string {
  const block = 10 ** digits;
  const permutation = createPermutation(draws, starts.length * block);
  return (index, version) => {
    const place = placeOf(permutation, (index * VERSIONS + (version % VERSIONS)) % permutation.size);
    const tail = place % block;
    return `${starts[(place - tail) / block] ?? ''}${String(tail).padStart(digits, '0')}`;
  };
}

/** The nine digits after the 0 in one of the ways in which people write them. */
function mobileText(draws: Draws, country: Country, digits: string): string {
  const code = country === 'AU' ? '61' : '64';
  const [head, middle, tail] =
    country === 'AU'
      ? [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6)]
      : [digits.slice(0, 2), digits.slice(2, 5), digits.slice(5)];
  switch (draws.below(9)) {
    case 0:
    case 1:
      return `0${head} ${middle} ${tail}`;
    case 2:
      return `0${digits}`;
    case 3:
      return `+${code}${digits}`;
    case 4:
      return `+${code} ${head} ${middle} ${tail}`;
    case 5:
      return country === 'AU'
        ? `(0${digits.slice(0, 1)}) ${digits.slice(1, 5)} ${digits.slice(5)}`
        : `(0${head}) ${middle} ${tail}`;
    case 6:
      return `0${head}-${middle}-${tail}`;
    case 7:
      // The zero went missing where a spreadsheet took the cell for a number.
      return digits;
    default:
      return ` 0${head} ${middle}${tail} `;
  }
}

function landlineText(draws: Draws, digits: string): string {
  const [area, rest] = [digits.slice(0, 1), digits.slice(1)];
  return draws.chance(0.5) ? `(0${area}) ${rest.slice(0, -4)} ${rest.slice(-4)}` : `0${area}${rest}`;
}
