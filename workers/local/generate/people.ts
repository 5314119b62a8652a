import { moneyText, quoteCell } from './cells.ts';
import type { Changes } from './changes.ts';
import type { Identities } from './identities.ts';
import { createPersons, type Person } from './persons.ts';
import type { Plan } from './plan.ts';

const HEADER =
  'PERIDX,PERSON_CODE,FIRSTNAME,SURNAME,ADRS1,ADRS2,CITY,STATE,POSTCODE,COUNTRY,MOBILE,EMAIL,DOB,PRIVACY,RETAIL_REP,LAST_UPDATED,' +
  'CREATED_DATE,JOINED_STORE_ID,JOINED_STORE_CODE,STORE_ID,STORE_CODE,STORE_NUMBER,REF1_GROUP,REF1_ID,REF1_CODE,LOYALTY_CODE,' +
  'TOTAL_SPEND,ORDER_COUNT,EMAIL_OPT_IN,SMS_OPT_IN';

/** Rows of each kind of dirt in the file, as counted while it was written. A row may count in several. */
type DirtyCounts = {
  /** Another person of the file, further up, has the same e-mail address (3 in 1000). */
  sharedEmail: number;
  /** 5 in 1000. */
  invalidEmail: number;
  /** 3 in 100. */
  blankEmail: number;
  /** 1 in 5. */
  blankPhone: number;
  /** 1 in 100. */
  unusablePhone: number;
  /** LAST_UPDATED and CREATED_DATE as `20/03/2012 10:39:55 AM` (5 in 1000). */
  slashDate: number;
  /** No primary key: to be rejected (1 in 10,000, in files of at least 10,000 rows). */
  blankKey: number;
};
export type CustomerCounts = {
  rows: number;
  /** Rows that differ from the day before. */
  changed: number;
  /** Rows that the day before did not have. */
  new: number;
  dirty: DirtyCounts;
};

/** The header and the rows of the customers file of the day, without line ends; fills the counts on the way. */
export function* customerRows(
  plan: Plan,
  changes: Changes,
  identities: Identities,
  counts: CustomerCounts,
): Generator<string, void, undefined> {
  const persons = createPersons(plan, changes, identities);
  yield HEADER.replaceAll(',', plan.delimiter);
  for (let index = 0; index < changes.rowCount; index += 1) {
    const person = persons.personOf(index);
    const isKeyless = changes.isKeyless(index);
    count(counts, person, isKeyless);
    counts.changed += changes.isChanged(index) ? 1 : 0;
    counts.new += index >= changes.rowCount - changes.newCount ? 1 : 0;
    const key = isKeyless ? '' : identities.personIdOf(index);
    yield rowText(person, `${key}${plan.delimiter}P${100_000 + index}`, plan.delimiter);
  }
}

export function noCustomers(): CustomerCounts {
  const dirty: DirtyCounts = {
    sharedEmail: 0,
    invalidEmail: 0,
    blankEmail: 0,
    blankPhone: 0,
    unusablePhone: 0,
    slashDate: 0,
    blankKey: 0,
  };
  return { rows: 0, changed: 0, new: 0, dirty };
}

function count(counts: CustomerCounts, person: Person, isKeyless: boolean): void {
  const { dirty } = counts;
  counts.rows += 1;
  dirty.sharedEmail += person.identity.email.kind === 'shared' ? 1 : 0;
  dirty.invalidEmail += person.identity.email.kind === 'invalid' ? 1 : 0;
  dirty.blankEmail += person.identity.email.kind === 'blank' ? 1 : 0;
  dirty.blankPhone += person.phone.kind === 'blank' ? 1 : 0;
  dirty.unusablePhone += person.phone.kind === 'unusable' ? 1 : 0;
  dirty.slashDate += person.times.isSlashed ? 1 : 0;
  dirty.blankKey += isKeyless ? 1 : 0;
}

/** One text at once: an array of thirty cells per row would take twice the time. */
function rowText(person: Person, codes: string, d: string): string {
  const { identity, address, phone, times } = person;
  const { preferences, purchases } = person;
  const { privacy, reference } = preferences;
  const { joinedStore, lastStore } = purchases;
  // This shop exports PRIVACY for e-mail and a column of its own for SMS; EMAIL_OPT_IN would outrank PRIVACY and stays blank.
  const hasSmsFlag = phone.kind === 'mobile' && preferences.hasSmsFlag && privacy !== '';
  const smsOptIn = hasSmsFlag ? (privacy === 'No' ? 'Y' : 'N') : '';
  return (
    `${codes}${d}${identity.firstName}${d}${identity.surname}${d}${quoteCell(address.line1, d)}${d}${quoteCell(address.line2, d)}${d}` +
    `${address.place.city}${d}${address.place.state}${d}${address.place.postcode}${d}${address.country}${d}${phone.text}${d}` +
    `${identity.email.text}${d}${preferences.birthday}${d}${privacy}${d}${preferences.isStaff ? 'Yes' : 'No'}${d}${times.updatedAt}${d}` +
    `${times.createdAt}${d}${joinedStore.id}${d}${joinedStore.code}${d}` +
    `${lastStore === null ? d + d : `${lastStore.id}${d}${lastStore.code}${d}${lastStore.number}`}${d}` +
    `${reference === null ? d + d : `PREFERENCES${d}${reference.id}${d}${reference.code}`}${d}${preferences.loyaltyCode}${d}` +
    `${moneyText(purchases.spentCents)}${d}${purchases.orderCount}${d}${d}${smsOptIn}`
  );
}
