import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainRefusal, readKlaviyoErrors, rowsRefused } from '#app/domain/klaviyo-errors.ts';

function errorAt(pointer: string | null, detail: string, code = 'invalid') {
  return {
    id: 'x',
    status: 400,
    code,
    title: 'Invalid input.',
    detail,
    source: pointer === null ? {} : { pointer },
    links: {},
    meta: {},
  };
}

const email = errorAt('/data/attributes/profiles/data/0/attributes/email', 'Invalid email address');
const region = errorAt(
  '/data/attributes/profiles/data/2/attributes/phone_number',
  'Phone number is valid but is not in a supported region for this account.',
);
const event = errorAt(
  '/data/attributes/events-bulk-create/data/1/attributes/events/data/0/attributes/time',
  'Invalid time',
);
const list = errorAt('/data/relationships/list/data/id', 'List not found with id invalid-list-id.');

test('errors land on the rows that their pointers name', () => {
  const { rows, unplaced } = rowsRefused({ errors: [email, region] }, 3);
  expect([...rows.keys()]).toEqual([0, 2]);
  expect(rows.get(0)).toEqual({
    code: 'invalid',
    message: 'Invalid email address',
    hint: 'Klaviyo does not accept the e-mail address. Correct it in Apparel21.',
  });
  expect(rows.get(2)?.hint).toContain('SMS');
  expect(unplaced).toEqual([]);
});

test('an error of a bulk event names the profile group, not the event inside', () => {
  expect([...rowsRefused({ errors: [event] }, 5).rows.keys()]).toEqual([1]);
});

test('errors that name no row of the request are told apart', () => {
  const { rows, unplaced } = rowsRefused({ errors: [list, region] }, 2);
  expect(rows.size).toBe(0);
  expect(unplaced.map(({ message }) => message)).toEqual([list.detail, region.detail]);
});

test('of several errors of one row the first counts', () => {
  const second = errorAt(
    '/data/attributes/profiles/data/0/attributes/phone_number',
    'Invalid phone number format',
  );
  expect(rowsRefused({ errors: [email, second] }, 1).rows.get(0)?.message).toBe('Invalid email address');
});

test.each([
  [
    errorAt('/data/', 'Your API key is missing required scopes: events:write', 'permission_denied'),
    'events:write',
  ],
  [
    errorAt('/data/', 'Incorrect authentication credentials.', 'authentication_failed'),
    'refuses the private key',
  ],
  [
    errorAt(
      '/data/',
      'Missing or invalid authorization scheme. Please use Klaviyo-API-Key.',
      'not_authenticated',
    ),
    'refuses the private key',
  ],
  [errorAt('/data', 'Request was throttled. Expected available in 1 second.', 'throttled'), 'slow down'],
  [
    errorAt(
      '/data/attributes',
      'A profile already exists with one of these identifiers.',
      'duplicate_profile',
    ),
    'Merge',
  ],
  [errorAt(null, 'Invalid phone number format (Example of a valid format: +12345678901)'), 'phone number'],
  [errorAt(null, 'SMS configuration is required to subscribe phone number only profiles.'), 'no SMS set up'],
  [
    errorAt(null, "'phone_number' must not be empty when the sms channel is included in 'subscriptions'."),
    'needs a phone number',
  ],
  [
    errorAt(null, 'Historical Email subscription does not have a valid consented at timestamp'),
    'when consent was given',
  ],
  [list, 'invalid-list-id'],
  [errorAt(null, 'Something new'), 'Klaviyo refuses it: Something new.'],
])('%j is explained to the merchant', (error, words) => {
  expect(explainRefusal({ errors: [error] })).toContain(words);
});

test('a conflict tells which profile owns the identifier', () => {
  const conflict = {
    ...errorAt('/data/attributes', 'Conflict', 'duplicate_profile'),
    meta: { duplicate_profile_id: '01ABC' },
  };
  expect(readKlaviyoErrors({ errors: [conflict] })[0]).toMatchObject({
    code: 'duplicate_profile',
    duplicateProfileId: '01ABC',
    index: null,
  });
});

test.each([
  null,
  undefined,
  '',
  'gateway time-out',
  [],
  {},
  { errors: 'no' },
  { errors: [null] },
  { data: [] },
])('the body %j holds no errors and breaks nothing', (body) => {
  expect(readKlaviyoErrors(body)).toEqual([]);
  expect(rowsRefused(body, 3)).toEqual({ rows: new Map(), unplaced: [] });
  expect(explainRefusal(body)).toBe('Klaviyo refuses it without giving a reason.');
});

test('an error with members of other types is still read', () => {
  const [problem] = readKlaviyoErrors({
    errors: [{ code: 5, title: 'Bad', source: { pointer: 7 }, meta: 'x' }],
  });
  expect(problem).toMatchObject({ code: 'invalid', message: 'Bad', index: null, pointer: null });
});

test('no body at all makes the reader throw, and no index lies outside the request', () => {
  fc.assert(
    fc.property(fc.anything(), fc.integer({ min: 0, max: 5 }), (body, count) => {
      const { rows } = rowsRefused(body, count);
      expect([...rows.keys()].every((index) => index >= 0 && index < count)).toBe(true);
      expect(explainRefusal(body)).not.toBe('');
    }),
  );
});
