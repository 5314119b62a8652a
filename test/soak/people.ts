import type { Random } from '#workers/local/klaviyo/random.ts';
import { chance, dayOf, digits, pick, type Cells } from './draw.ts';

/** Somebody of Apparel21 as the exports show them from day to day. */
export type Person = {
  key: string;
  /** The first export that has them. */
  since: number;
  cells: Cells;
  /** Another person has the same e-mail: neither buys anything, so that it is plain whose event it is. */
  isShared: boolean;
  hasChangedMind: boolean;
};

/** Somebody who unsubscribed in Klaviyo, before Threadline was there. */
export type Leaver = { email: string; at: string };

export const MAIL_DOMAIN = 'mail.soak.example';

const FIRST = ['ANNA', 'BEN', 'CARLA', 'DEV', 'ELENA', 'FINN', 'GRACE', 'HUGO', 'Zoë', 'Ōiwi'];
const LAST = ['SMITH', 'NGUYEN', 'WALKER', 'SINGH', 'BROWN', 'CHEN', "O'Neil", 'Müller'];
const CITIES = ['Sydney', 'Perth', 'Hobart', 'Newcastle, NSW', 'Say "Cheese"', 'Geelong'];
const STORES = ['SYD01', 'MEL02', 'PER03'];

/** The people of one connection, with keys of their own, and those of them who left in Klaviyo before. */
export function createPeople(
  random: Random,
  input: { base: number; count: number; days: number },
): { people: Person[]; leavers: Leaver[] } {
  const people: Person[] = [];
  const leavers: Leaver[] = [];
  const newcomers = Math.max(1, Math.round(input.count * 0.04)) * (input.days - 1);
  for (let index = 0; index < input.count + newcomers; index += 1) {
    const since = index < input.count ? 0 : 1 + ((index - input.count) % Math.max(1, input.days - 1));
    people.push(createPerson(random, String(input.base + index), since));
  }
  shareEmails(people.slice(0, input.count));
  for (const { cells, isShared } of people) {
    const isOptIn = cells.PRIVACY === 'No' && cells.EMAIL?.includes('@') === true;
    if (isOptIn && !isShared && chance(random, 0.08)) {
      // Rows of Apparel21 are of 2026: changed before the one leaving and after the other, which says nothing about consent.
      leavers.push({
        email: cells.EMAIL ?? '',
        at: chance(random, 0.5) ? '2026-06-01T00:00:00Z' : '2020-01-01T00:00:00Z',
      });
    }
  }
  return { people, leavers };
}

function createPerson(random: Random, key: string, since: number): Person {
  const kind = random();
  const email = `p${key}@${MAIL_DOMAIN}`;
  const mobile = `041${digits(key, 7)}`;
  return {
    key,
    since,
    isShared: false,
    hasChangedMind: false,
    cells: {
      PERIDX: key,
      FIRSTNAME: pick(random, FIRST),
      SURNAME: pick(random, LAST),
      // Most have an address, some only a phone, some nothing but their key; some cells are rubbish.
      EMAIL: kind < 0.9 ? email : kind < 0.95 ? '' : 'none',
      MOBILE: kind < 0.4 || (kind >= 0.9 && kind < 0.98) ? mobile : kind < 0.45 ? '12345' : '',
      CITY: pick(random, CITIES),
      STATE: pick(random, ['NSW', 'WA', 'TAS']),
      PRIVACY: pick(random, ['No', 'No', 'No', 'Yes', '', 'unknown']),
      SMS_OPT_IN: pick(random, ['', '', '', 'Yes', 'No']),
      JOINED_STORE_CODE: pick(random, STORES),
      LOYALTY_CODE: `L${key}`,
      TOTAL_SPEND: String(Math.floor(random() * 1_000)),
      LAST_UPDATED: `${dayOf(since)}T08:00:00`,
    },
  };
}

/** Every fortieth pair has one e-mail; the second of them was updated later. */
function shareEmails(people: Person[]): void {
  for (let index = 10; index + 1 < people.length; index += 40) {
    const [first, second] = [people[index], people[index + 1]];
    if (first !== undefined && second !== undefined) {
      const email = `p${second.key}@${MAIL_DOMAIN}`;
      Object.assign(first.cells, { EMAIL: email, PRIVACY: '', MOBILE: '', SMS_OPT_IN: '' });
      Object.assign(second.cells, { EMAIL: email, LAST_UPDATED: `${dayOf(0)}T09:00:00` });
      first.isShared = true;
      second.isShared = true;
    }
  }
}

/**
 * What changes from one day to the next: a tenth moved or bought, a few changed their mind about e-mails, each at most
 * once. (Klaviyo ignores a second subscription within half an hour: what becomes of somebody who wavers would depend on
 * which of the days reach it together.) Nobody else's row changes.
 */
export function liveOn(random: Random, people: Person[], day: number): void {
  for (const person of people) {
    const { cells, since, isShared } = person;
    if (since >= day || isShared) {
      continue;
    }
    let hasChanged = false;
    if (chance(random, 0.1)) {
      cells.CITY = pick(random, CITIES);
      cells.TOTAL_SPEND = String(Number(cells.TOTAL_SPEND) + 1 + Math.floor(random() * 50));
      hasChanged = true;
    }
    if (chance(random, 0.03) && !person.hasChangedMind && cells.PRIVACY !== 'unknown') {
      cells.PRIVACY = cells.PRIVACY === 'No' ? 'Yes' : 'No';
      person.hasChangedMind = true;
      hasChanged = true;
    }
    if (hasChanged) {
      cells.LAST_UPDATED = `${dayOf(day)}T08:00:00`;
    }
  }
}

/** The rows of a day's full export, with a few superseded and unusable ones between them. */
export function customerRows(random: Random, people: readonly Person[], day: number): Cells[] {
  const rows: Cells[] = [];
  for (const { cells, since } of people) {
    if (since > day) {
      continue;
    }
    if (chance(random, 0.02)) {
      rows.push({ ...cells, CITY: 'Outdated', PRIVACY: '' });
    }
    if (chance(random, 0.01)) {
      rows.push({ ...cells, PERIDX: '' });
    }
    rows.push({ ...cells });
  }
  return rows;
}
