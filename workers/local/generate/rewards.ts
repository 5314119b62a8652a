import { moneyText, quoteCell } from './cells.ts';
import type { Changes } from './changes.ts';
import { dateText, FIRST_DATE, timeText } from './days.ts';
import type { Identities } from './identities.ts';
import { firstIdOf } from './orders.ts';
import type { Plan } from './plan.ts';
import { createDraws, STREAM, type Draws } from './random.ts';
import { drawPerson } from './references.ts';

const HEADER =
  'REWARD_ID,PERIDX,EMAIL,EVENT_TYPE,EVENT_DATE,PROGRAM_NAME,TIER_NAME,PREVIOUS_TIER,TIER_EXPIRY,POINTS_BALANCE,POINTS_CHANGE,' +
  'REWARD_DESCRIPTION,REWARD_VALUE,REWARD_EXPIRY,SPEND_TO_NEXT_TIER,NEXT_TIER';

export type RewardCounts = {
  rows: number;
  /** Rewards of a person who is not in the customers file. */
  absentCustomer: number;
};

const TIERS = ['Bronze', 'Silver', 'Gold', 'Platinum'];
/** Of ten rewards: five earn points, one or two each of the rest. */
const TYPES = [
  'POINTS_EARNED',
  'POINTS_EARNED',
  'POINTS_EARNED',
  'POINTS_EARNED',
  'POINTS_EARNED',
  'REWARD_ISSUED',
  'TIER_CHANGED',
  'REWARD_EXPIRING',
  'REWARD_REDEEMED',
  'GIFT_ISSUED',
] as const;
const VOUCHERS = [
  '$10 voucher',
  '$20 birthday voucher, in store or online',
  '$50 reward',
  '$25 "welcome back" voucher',
];
const GIFTS = ['Silk scarf', 'Tote bag, organic cotton', 'Leather key ring'];

type Gain = { change: number; description: string; valueCents: number | null; expiry: string };

/** The rows of the rewards file of the day, without line ends; fills the counts on the way. */
export function* rewardRows(
  plan: Plan,
  changes: Changes,
  identities: Identities,
  counts: RewardCounts,
): Generator<string, void, undefined> {
  const draws = createDraws(plan.seed);
  const d = plan.delimiter;
  yield HEADER.replaceAll(',', d);
  for (let index = 0; index < plan.rewards; index += 1) {
    draws.restart(STREAM.reward, index, plan.day);
    const person = drawPerson(draws, changes);
    const type = draws.pick(TYPES);
    const at = timeText(FIRST_DATE + plan.day, 9 * 3600 + draws.below(12 * 3600));
    // Who changed tier has one below; the top tier has none above.
    const tier = type === 'TIER_CHANGED' ? 1 + draws.below(TIERS.length - 1) : draws.below(TIERS.length);
    const previous = type === 'TIER_CHANGED' ? (TIERS[tier - 1] ?? '') : '';
    const next = TIERS[tier + 1] ?? '';
    const gain = gainOf(draws, type, FIRST_DATE + plan.day);
    const balance = 100 + draws.below(2000) + Math.max(0, gain.change);
    const toNext = next === '' ? '' : moneyText(100 * (1 + draws.below(900)));
    counts.rows += 1;
    counts.absentCustomer += person >= changes.rowCount ? 1 : 0;
    yield (
      `R${firstIdOf(plan.day) + index}${d}${identities.personIdOf(person)}${d}${identities.identityOf(person).email.text}${d}${type}${d}` +
      `${at}${d}Thread Club${d}${TIERS[tier]}${d}${previous}${d}${dateText(FIRST_DATE + 365 + draws.below(90))}${d}${balance}${d}` +
      `${gain.change === 0 ? '' : gain.change}${d}${quoteCell(gain.description, d)}${d}` +
      `${gain.valueCents === null ? '' : moneyText(gain.valueCents)}${d}${gain.expiry}${d}${toNext}${d}${next}`
    );
  }
}

export function noRewards(): RewardCounts {
  return { rows: 0, absentCustomer: 0 };
}

function gainOf(draws: Draws, type: (typeof TYPES)[number], date: number): Gain {
  const points = 10 * (1 + draws.below(40));
  const voucher = draws.pick(VOUCHERS);
  const valueCents = 100 * Number(/\d+/.exec(voucher)?.[0] ?? 0);
  const days = 1 + draws.below(60);
  switch (type) {
    case 'TIER_CHANGED':
      return { change: 0, description: '', valueCents: null, expiry: '' };
    case 'POINTS_EARNED':
      return { change: points, description: '', valueCents: null, expiry: '' };
    case 'REWARD_ISSUED':
      return { change: 0, description: voucher, valueCents, expiry: dateText(date + 30 + days) };
    case 'REWARD_EXPIRING':
      return { change: 0, description: voucher, valueCents, expiry: dateText(date + (days % 14) + 1) };
    case 'REWARD_REDEEMED':
      return { change: -points, description: voucher, valueCents, expiry: '' };
    case 'GIFT_ISSUED':
      return {
        change: 0,
        description: draws.pick(GIFTS),
        valueCents: null,
        expiry: dateText(date + 30 + days),
      };
  }
}
