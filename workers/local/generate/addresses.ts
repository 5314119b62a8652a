import {
  ABROAD_TEXTS,
  COUNTRY_TEXTS,
  HOUSES,
  PLACES,
  STREETS,
  STREET_TYPES,
  type Country,
  type Place,
} from './places.ts';
import type { Draws } from './random.ts';

export type Address = { line1: string; line2: string; place: Place; country: string };

const NOWHERE: Place = { city: '', state: '', postcode: '' };

/** An address as shop assistants type it: units, slashes, houses in quotes, now and then a line break, sometimes nothing. */
export function drawAddress(draws: Draws, country: Country, isAbroad: boolean, newline: string): Address {
  const form = draws.next();
  const text = draws.pick(isAbroad ? ABROAD_TEXTS[country] : COUNTRY_TEXTS[country]);
  if (form < 0.05) {
    return { line1: '', line2: '', place: NOWHERE, country: text };
  }
  const place = draws.pick(PLACES[country]);
  const street = `${1 + draws.below(240)} ${draws.pick(STREETS)} ${draws.pick(STREET_TYPES)}`;
  const [line1, line2] = linesOf(draws, form, street, newline);
  return { line1, line2, place, country: text };
}

function linesOf(draws: Draws, form: number, street: string, newline: string): [string, string] {
  if (form < 0.2) {
    return [`UNIT ${1 + draws.below(40)}, ${street}`, ''];
  }
  if (form < 0.3) {
    return [`${1 + draws.below(40)}/${street}`, ''];
  }
  if (form < 0.34) {
    return [`LEVEL ${1 + draws.below(30)}${newline}${street}`, ''];
  }
  if (form < 0.37) {
    return [`"${draws.pick(HOUSES)}", ${street}`, ''];
  }
  if (form < 0.42) {
    return [street, `C/- "${draws.pick(HOUSES)}"`];
  }
  return form < 0.46 ? [`PO BOX ${1 + draws.below(9000)}`, ''] : [street, ''];
}
