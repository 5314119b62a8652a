import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlowBack } from '#app/pipeline/consent-back/flow-back.ts';
import { filesIn, flowBack, inKlaviyo, rowsOf } from '#test/builders/consent-back.ts';
import { customersCsv } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

/** From files on the SFTP server, through leaving in Klaviyo, to the file for Apparel21 on the SFTP server. */

const LEFT_AT = new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString();
const AT = LEFT_AT.replace('.000Z', 'Z');

const mail = (key: string) => ({ EMAIL: `p${key}@shop.example` });
const phone = (key: string) => `+614000002${key.padStart(2, '0')}`;

const PEOPLE: Record<string, string>[] = [
  { PERIDX: '1', ...mail('1'), PRIVACY: 'No' },
  { PERIDX: '2', ...mail('2'), PRIVACY: 'No', LAST_UPDATED: '2026-01-02T10:00:00' },
  { PERIDX: '3', ...mail('2'), PRIVACY: 'No', LAST_UPDATED: '2026-01-01T10:00:00' },
  { PERIDX: '4', MOBILE: phone('4'), SMS_OPT_IN: 'Y' },
  { PERIDX: '5', ...mail('5'), PRIVACY: 'No' },
  { PERIDX: '6', ...mail('6'), PRIVACY: 'Yes' },
  { PERIDX: '7', ...mail('7'), PRIVACY: 'Yes' },
  { PERIDX: '8', ...mail('8'), MOBILE: phone('8'), PRIVACY: 'No', SMS_OPT_IN: 'Y' },
  { PERIDX: '9', ...mail('9'), PRIVACY: 'No' },
  { PERIDX: '10', ...mail('10'), PRIVACY: 'No' },
  { PERIDX: '11', ...mail('11'), PRIVACY: 'No' },
  { PERIDX: '12', ...mail('12') },
  { PERIDX: '13', ...mail('13'), MOBILE: phone('13'), PRIVACY: 'No', SMS_OPT_IN: 'Y' },
];

let world: World;
let report: FlowBack;
let rows: Record<string, Record<string, string>>;

beforeAll(async () => {
  world = await createWorld();
  world.put('/pending/au/customers_20260105T200000Z.csv', customersCsv(PEOPLE));
  await world.sync();
  world.put(
    '/pending/au/customers_20260106T200000Z.csv',
    customersCsv([{ PERIDX: '7', ...mail('7'), PRIVACY: '' }]),
  );
  await world.sync();
  const leave = (key: string, more: object = {}) =>
    inKlaviyo(world, '_unsubscribe', { email: `p${key}@shop.example`, at: LEFT_AT, ...more });
  await leave('1');
  await leave('2');
  await inKlaviyo(world, '_unsubscribe', { phone_number: phone('4'), channel: 'sms', at: LEFT_AT });
  await leave('5');
  await inKlaviyo(world, '_subscribe', { email: 'p5@shop.example' });
  await leave('8');
  await leave('8', { channel: 'sms' });
  await inKlaviyo(world, '_suppress', { email: 'p9@shop.example', reason: 'SPAM_COMPLAINT', at: LEFT_AT });
  await inKlaviyo(world, '_suppress', { email: 'p10@shop.example', reason: 'HARD_BOUNCE', at: LEFT_AT });
  await leave('12');
  // Somebody whom Apparel21 does not know.
  await leave('99');
  report = await flowBack(world);
  rows = rowsOf(world, report.files[0]?.path ?? '');
});

afterAll(() => world[Symbol.asyncDispose]());

test('the file has Apparel21’s key, the channel that was left, when and why', () => {
  expect(rows['1']).toEqual({
    PERIDX: '1',
    EMAIL: 'p1@shop.example',
    MOBILE: '',
    EMAIL_OPT_IN: 'No',
    SMS_OPT_IN: '',
    LEFT_EMAIL_AT: AT,
    LEFT_SMS_AT: '',
    REASON: 'Unsubscribed from e-mail in Klaviyo.',
  });
});

test('it lies in the connection’s folder for Apparel21 under a name with the time, and nothing else does', () => {
  expect(report).toMatchObject({ problems: [], files: [{ people: 7 }] });
  expect(filesIn(world)).toEqual([expect.stringMatching(/^consent_\d{8}T\d{6}Z\.csv$/)]);
  expect(report.files[0]?.path).toBe(`/outbound/au/${filesIn(world)[0]}`);
});

test('everybody who shares the address is in it', () => {
  expect([rows['2']?.['EMAIL_OPT_IN'], rows['3']?.['EMAIL_OPT_IN']]).toEqual(['No', 'No']);
});

test('a person with nothing but a phone number is told to have left SMS', () => {
  expect(rows['4']).toMatchObject({
    EMAIL: '',
    MOBILE: phone('4'),
    EMAIL_OPT_IN: '',
    SMS_OPT_IN: 'No',
    LEFT_SMS_AT: AT,
  });
});

test('who left both channels has one row', () => {
  expect(rows['8']).toMatchObject({
    EMAIL_OPT_IN: 'No',
    SMS_OPT_IN: 'No',
    REASON: 'Unsubscribed from e-mail in Klaviyo. Unsubscribed from SMS in Klaviyo.',
  });
});

test('a spam complaint is a word of the person', () => {
  expect(rows['9']?.['REASON']).toBe('Suppressed for e-mail in Klaviyo (spam complaint or by hand).');
});

test('who left without any word of Apparel21 is told as well', () => {
  expect(rows['12']?.['EMAIL_OPT_IN']).toBe('No');
});

test.each([
  ['5', 'who came back before anybody was told'],
  ['6', 'whom Apparel21 itself has opted out'],
  ['7', 'whom Apparel21 had opted out and says nothing about now'],
  ['10', 'whose address only bounces'],
  ['11', 'who stays'],
  ['13', 'who stays in both channels'],
])('person %s is not in it: %s', (key) => {
  expect(rows[key]).toBeUndefined();
});

test('what Apparel21 was told shows on the customer’s page and in record --json', async () => {
  const { json, page } = await shown(world, 'customers', '1');
  const name = filesIn(world)[0];

  expect(json.left).toEqual([{ channel: 'email', at: LEFT_AT, file: name }]);
  expect(page.consent?.channels[0]?.left).toMatch(
    new RegExp(`^Left in Klaviyo on .+\\. Apparel21 was told in ${name}\\.$`),
  );
  expect(page.consent?.channels[0]).toMatchObject({
    isLeftInKlaviyo: true,
    done: 'Was subscribed in Klaviyo before.',
  });
  expect(page.consent?.channels[1]?.left).toBeNull();
});

test('nothing shows of who came back', async () => {
  const { json, page } = await shown(world, 'customers', '5');

  expect(json.left).toEqual([]);
  expect(page.consent?.channels.map(({ left }) => left)).toEqual([null, null]);
});
