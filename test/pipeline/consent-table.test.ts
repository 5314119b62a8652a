import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONSENT_TABLE, type ConsentTableRow } from '#app/domain/consent.ts';
import type { ConsentChannel } from '#app/domain/records.ts';
import { customersCsv } from '#test/builders/exports.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** Every row of the decision table, from the file on the SFTP server to the state in Klaviyo. */

type Case = { id: number; row: ConsentTableRow; channel: ConsentChannel };

const KLAVIYO_SINCE = '2025-06-01T00:00:00Z';
const TOLD = { apparel21: '2025-12-01T10:00:00', klaviyo: '2024-01-01T10:00:00', unknown: '' };

/** Profiles are sent before consent, so `no-profile` needs one that vanished meanwhile; Klaviyo suppresses e-mail only. */
const CASES: Case[] = CONSENT_TABLE.flatMap((row) => {
  const channels: ConsentChannel[] =
    row.state === 'suppressed' || row.state === 'bounced' ? ['email'] : ['email', 'sms'];
  return row.state === 'no-profile' ? [] : channels.map((channel) => ({ row, channel }));
}).map((one, index) => ({ ...one, id: index + 1 }));

const emailOf = (id: number) => `case${id}@shop.example`;
const phoneOf = (id: number) => `+61400000${String(100 + id)}`;

let world: World;

beforeAll(async () => {
  world = await createWorld();
  for (const { id, row, channel } of CASES) {
    await leaveState(id, row, channel);
  }
  // Only a value that changes between two files was said at its row's time: yesterday's file says nothing about consent.
  const changing = CASES.filter(({ row }) => row.newer !== 'unknown');
  world.put(
    '/pending/au/customers_20260104T200000Z.csv',
    customersCsv(changing.map((one) => ({ ...rowOf(one), PRIVACY: '', SMS_OPT_IN: '', LAST_UPDATED: '' }))),
  );
  await world.sync();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(CASES.map(rowOf)));
  await world.sync();
});

afterAll(() => world[Symbol.asyncDispose]());

function rowOf({ id, row, channel }: Case): Record<string, string> {
  return {
    PERIDX: String(id),
    EMAIL: emailOf(id),
    MOBILE: phoneOf(id),
    PRIVACY: channel === 'sms' ? '' : row.wish === 'subscribe' ? 'No' : 'Yes',
    SMS_OPT_IN: channel === 'email' ? '' : row.wish === 'subscribe' ? 'Y' : 'N',
    LAST_UPDATED: TOLD[row.newer === 'any' ? 'apparel21' : row.newer],
  };
}

async function leaveState(id: number, { state }: ConsentTableRow, channel: ConsentChannel): Promise<void> {
  const deeds = {
    subscribed: ['_subscribe', {}],
    unsubscribed: ['_unsubscribe', {}],
    suppressed: ['_suppress', { reason: 'SPAM_COMPLAINT' }],
    bounced: ['_suppress', { reason: 'HARD_BOUNCE' }],
    never: null,
    'no-profile': null,
  } as const;
  const deed = deeds[state];
  if (deed !== null) {
    const person = { email: emailOf(id), phone_number: phoneOf(id), channel, at: KLAVIYO_SINCE };
    const answer = await fetch(`${world.klaviyo.url}/${deed[0]}`, {
      method: 'POST',
      body: JSON.stringify({ ...person, ...deed[1] }),
    });
    expect(answer.status).toBe(200);
  }
}

test.each(
  CASES.map((one) => ({
    ...one,
    name: `${one.channel}: Apparel21 ${one.row.wish}, Klaviyo ${one.row.state}, newer ${one.row.newer}`,
  })),
)('$name → $row.action ($row.code)', async ({ id, row, channel }) => {
  const decisions = await world.ctx.db.sql(
    `SELECT d.channel, d.action, d.code FROM consent_decision d JOIN customer c ON c.id = d.customer_id WHERE c.external_id = $1`,
    [String(id)],
  );
  const calls = world.klaviyo
    .account()
    .consentCalls.filter((call) => call.email === emailOf(id) || call.phone_number === phoneOf(id))
    .map((call) => ({ action: call.action, channel: call.channel }));

  expect(decisions).toEqual([{ channel, action: row.action, code: row.code }]);
  expect(calls).toEqual(row.action === 'none' ? [] : [{ action: row.action, channel }]);
});
