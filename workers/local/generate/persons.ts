import { drawAddress, type Address } from './addresses.ts';
import type { Changes, Evolution } from './changes.ts';
import { dateText, FIRST_DATE, slashText, timeText } from './days.ts';
import type { Identities, Identity } from './identities.ts';
import { createPhoneBook, type Phone } from './phones.ts';
import type { Plan } from './plan.ts';
import { createDraws, STREAM, type Draws } from './random.ts';
import { STORES, type Store } from './stores.ts';

type Preferences = {
  privacy: '' | 'Yes' | 'No';
  /** The person was asked about SMS once. */
  hasSmsFlag: boolean;
  isStaff: boolean;
  birthday: string;
  reference: { id: number; code: string } | null;
  loyaltyCode: string;
};
type Times = {
  createdAt: string;
  updatedAt: string;
  /** Both are written `20/03/2012 10:39:55 AM`. */
  isSlashed: boolean;
};
type Purchases = {
  joinedStore: Store;
  /** Null for who never bought anything. */
  lastStore: Store | null;
  orderCount: number;
  spentCents: number;
};
/** In groups rather than flat: spreading them into one object for each row makes the file five times slower. */
export type Person = {
  identity: Identity;
  address: Address;
  phone: Phone;
  preferences: Preferences;
  times: Times;
  purchases: Purchases;
};
type Persons = { personOf(index: number): Person };

/** Share at dirty rate 1. */
const SLASH_DATE_SHARE = 0.005;
const OLDEST_DATE = FIRST_DATE - 17 * 365;
const REFERENCES = ['WOMENS', 'MENS', 'KIDS', 'BOTH'];

/** The persons as the day's export shows them; each is a pure function of (seed, index, day). */
export function createPersons(plan: Plan, changes: Changes, identities: Identities): Persons {
  const draws = createDraws(plan.seed);
  const phones = createPhoneBook(draws, plan.dirtyRate);
  const stores = STORES[plan.country];
  return {
    personOf(index) {
      const evolution = changes.evolutionOf(index);
      const identity = identities.identityOf(index);
      const { country } = identity;
      draws.restart(STREAM.address, index, evolution?.addressVersion);
      const address = drawAddress(draws, country, country !== plan.country, plan.newline);
      const phoneVersion = evolution?.phoneVersion ?? 0;
      const phone = phones.phoneOf(
        draws.restart(STREAM.phone, index, phoneVersion),
        country,
        index,
        phoneVersion,
      );
      draws.restart(STREAM.life, index);
      const preferences = drawPreferences(draws, index, evolution);
      const isSlashed = draws.chance(SLASH_DATE_SHARE * plan.dirtyRate);
      const times = drawTimes(draws, changes.firstDay(index), evolution, isSlashed);
      return {
        identity,
        address,
        phone,
        preferences,
        times,
        purchases: drawPurchases(draws, stores, evolution),
      };
    },
  };
}

function drawPreferences(draws: Draws, index: number, evolution: Evolution | null): Preferences {
  const privacy = draws.next();
  const reference = draws.chance(0.4) ? draws.below(REFERENCES.length) : -1;
  const loyaltyVersion = evolution?.loyaltyVersion ?? 0;
  const hasLoyalty = draws.chance(0.35) || loyaltyVersion > 0;
  return {
    privacy: privacyOf(privacy < 0.65 ? 'No' : privacy < 0.95 ? 'Yes' : '', evolution?.privacyFlips ?? 0),
    hasSmsFlag: draws.chance(0.25),
    isStaff: draws.chance(0.005),
    birthday: draws.chance(0.7) ? dateText(FIRST_DATE - 18 * 365 - draws.below(68 * 365)) : '',
    reference: reference < 0 ? null : { id: 31 + reference, code: REFERENCES[reference] ?? '' },
    loyaltyCode: hasLoyalty ? `LC${20_000_000 + index * 4 + (loyaltyVersion % 4)}` : '',
  };
}

/** Yes = does not want marketing. Who changes their mind turns it round; who had no opinion first says No. */
function privacyOf(first: Preferences['privacy'], flips: number): Preferences['privacy'] {
  if (flips === 0) {
    return first;
  }
  const isYes = (first !== 'No') === (flips % 2 === 0);
  return isYes ? 'Yes' : 'No';
}

function drawTimes(draws: Draws, firstDay: number, evolution: Evolution | null, isSlashed: boolean): Times {
  const second = 9 * 3600 + draws.below(12 * 3600);
  const age = draws.next();
  const rest = draws.next();
  const isOriginal = firstDay === 0;
  const created = isOriginal
    ? OLDEST_DATE + Math.floor(age * (FIRST_DATE - OLDEST_DATE))
    : FIRST_DATE + firstDay;
  const updated = isOriginal ? created + Math.floor(rest * (FIRST_DATE - created)) : created;
  const write = isSlashed ? slashText : timeText;
  return {
    isSlashed,
    createdAt: write(created, second),
    updatedAt:
      evolution === null ? write(updated, second) : write(FIRST_DATE + evolution.day, evolution.second),
  };
}

function drawPurchases(draws: Draws, stores: readonly Store[], evolution: Evolution | null): Purchases {
  const joinedStore = draws.pick(stores);
  const firstCount = draws.chance(0.12) ? 0 : 1 + Math.floor(draws.next() ** 3 * 40);
  const firstCents = firstCount * (2995 + 100 * draws.below(160));
  const usualStore = draws.chance(0.7) ? joinedStore : draws.pick(stores);
  const orderCount = firstCount + (evolution?.purchases ?? 0);
  const storeDraw = evolution?.lastStoreDraw ?? null;
  const newStore = storeDraw === null ? undefined : stores[Math.floor(storeDraw * stores.length)];
  return {
    joinedStore,
    lastStore: orderCount === 0 ? null : (newStore ?? usualStore),
    orderCount,
    spentCents: firstCents + (evolution?.spentCents ?? 0),
  };
}
