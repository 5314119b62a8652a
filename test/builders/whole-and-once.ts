import { expect } from 'vitest';
import { customersCsv, ordersCsv, people, rewardsCsv } from './exports.ts';
import type { World } from './world.ts';

const CUSTOMERS = 60;

/** Puts customers with consent, orders and rewards on the SFTP server. */
export function fill(world: World): void {
  world.put(
    '/pending/au/customers_20260105T200000Z.csv',
    customersCsv(
      people(CUSTOMERS, 1, (id) => ({ PRIVACY: id % 3 === 0 ? 'Yes' : 'No', CITY: `City ${id}` })),
    ),
  );
  world.put(
    '/pending/au/orders_20260105T203000Z.csv',
    ordersCsv(
      Array.from({ length: 80 }, (_, index) => ({
        ORDER_ID: `O${index % 40}`,
        LINE_ID: `L${index}`,
        PERIDX: String(1 + (index % 40)),
      })),
    ),
  );
  world.put(
    '/pending/au/rewards_20260105T210000Z.csv',
    rewardsCsv(
      Array.from({ length: 30 }, (_, index) => ({ REWARD_ID: `R${index}`, PERIDX: String(1 + index) })),
    ),
  );
}

/** Everything arrived, nothing twice, every balance closes. */
export async function expectWholeAndOnce(world: World): Promise<void> {
  world.klaviyo.settle();
  const { connections } = await world.status();
  expect(connections[0]?.files.map((file) => [file.status, file.balanced, file.rows.read])).toEqual([
    ['archived', true, CUSTOMERS],
    ['archived', true, 80],
    ['archived', true, 30],
  ]);
  expect(connections[0]?.records.customers).toMatchObject({ total: CUSTOMERS, synced: CUSTOMERS });
  expect(connections[0]?.records.orders).toMatchObject({ total: 40, synced: 40 });
  expect(connections[0]?.records.rewards).toMatchObject({ total: 30, synced: 30 });
  const state = world.klaviyo.state().accounts[0];
  expect(
    state?.profiles.map((profile) => `${profile.external_id} ${profile.consent.email.consent}`).sort(),
  ).toEqual(
    people(CUSTOMERS)
      .map(({ PERIDX }) => `${PERIDX} ${Number(PERIDX) % 3 === 0 ? 'UNSUBSCRIBED' : 'SUBSCRIBED'}`)
      .sort(),
  );
  expect(state?.events).toHaveLength(70);
  expect(new Set(state?.events.map((event) => event.unique_id)).size).toBe(70);
  const calls = state?.consentCalls.map((call) => `${call.email} ${call.channel} ${call.action}`) ?? [];
  expect(calls).toHaveLength(CUSTOMERS);
  expect(new Set(calls).size).toBe(CUSTOMERS);
}
