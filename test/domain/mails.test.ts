import { expect, test } from 'vitest';
import { appLink } from '#app/domain/mails/app-link.ts';
import { digestMail, digestTurn, type Digest } from '#app/domain/mails/digest.ts';
import { fileMail, hasNews, type FileReport } from '#app/domain/mails/file-mail.ts';
import { headerText, writeMail } from '#app/domain/mails/mail-content.ts';
import { problemsMail, type Concern } from '#app/domain/mails/problems-mail.ts';
import { readSmtpUrl } from '#app/domain/mails/smtp-url.ts';

const SHOP = 'acme.myshopify.com';
const ADDRESS = { url: 'https://threadline.example', apiKey: 'key123' };
const LOCAL = { url: 'http://localhost:3000', apiKey: null };
const FILE_ID = '0190a1b2-0000-7000-8000-000000000001';

const KEY_REFUSED: Concern = {
  cause: 'push:c1',
  code: 'klaviyo_key_refused',
  message: 'Klaviyo refuses the key. Enter a new one in the settings of the connection.',
  hint: 'Enter a new one in the settings of the connection.',
  connection: { id: 'c1', name: 'Klaviyo AU' },
  file: null,
  since: '21 Nov 2026, 16:30',
};

const REPORT: FileReport = {
  fileId: FILE_ID,
  name: 'customers_20260105T200000Z.csv',
  connection: 'Klaviyo AU',
  kind: 'customers',
  rows: { read: 1_210, created: 1_000, changed: 5, unchanged: 200, folded: 2, rejected: 3 },
  flowEvents: null,
  records: [
    { status: 'synced', count: 1_003, isMore: false },
    { status: 'failed', count: 1, isMore: false },
  ],
  seconds: 95,
};

test('a link opens the page inside the Shopify admin, or on the app itself without Shopify', () => {
  expect(appLink(ADDRESS, SHOP, '/app/files/1')).toBe(
    'https://admin.shopify.com/store/acme/apps/key123/app/files/1',
  );
  expect(appLink(LOCAL, SHOP, '/app/files/1')).toBe('http://localhost:3000/app/files/1');
});

test('names add no header line, no markup and no hidden marks', () => {
  const evil = 'a<b>\r\nBcc: x@y.org\u202e"&';
  const mail = writeMail({
    subject: evil,
    blocks: [
      { kind: 'heading', text: evil },
      { kind: 'text', text: evil },
      { kind: 'items', items: [evil] },
      { kind: 'link', label: evil, url: 'https://x.org/?a="><b>' },
    ],
  });
  expect(mail.subject).toBe('a<b> Bcc: x@y.org "&');
  expect(mail.html).not.toContain('<b>');
  expect(mail.html).toContain('href="https://x.org/?a=&quot;&gt;&lt;b&gt;"');
  expect(`${mail.subject}${mail.html}`).not.toContain('\u202e');
  expect(mail.text).not.toMatch(/^Bcc/m);
});

test('a long subject is cut', () => {
  expect(headerText('x'.repeat(500))).toHaveLength(150);
});

test('one problem is the subject, with what to do, where, and one link to where it is mended', () => {
  const { subject, text } = problemsMail({ shop: SHOP, address: ADDRESS, concerns: [KEY_REFUSED] });
  expect(subject).toBe('acme: Klaviyo refuses the key.');
  expect(text).toContain('What to do: Enter a new one in the settings of the connection.');
  expect(text).toContain('Connection: Klaviyo AU');
  expect(text).toContain(
    'Connection settings: https://admin.shopify.com/store/acme/apps/key123/app/settings/connections/c1',
  );
});

test('several problems are one mail; a file is named and linked', () => {
  const held: Concern = {
    ...KEY_REFUSED,
    cause: `file:${FILE_ID}`,
    code: 'column_missing',
    message: 'Column EMAIL is missing. Correct the export.',
    hint: 'Correct the export.',
    file: 'customers_1.csv',
  };
  const { subject, text } = problemsMail({ shop: SHOP, address: LOCAL, concerns: [KEY_REFUSED, held] });
  expect(subject).toBe('acme: 2 problems in Threadline');
  expect(text).toContain('CUSTOMERS_1.CSV: COLUMN EMAIL IS MISSING.');
  expect(text).toContain(`Open file: http://localhost:3000/app/files/${FILE_ID}`);
});

test('of very many problems the first are shown and the rest is counted', () => {
  const concerns = Array.from({ length: 25 }, (_, index) => ({ ...KEY_REFUSED, cause: `push:${index}` }));
  expect(problemsMail({ shop: SHOP, address: LOCAL, concerns }).text).toContain('5 more are in the app.');
});

test('the report of a file has its balance as an equation, what failed, and how long it took', () => {
  const { subject, text } = fileMail({ shop: SHOP, address: ADDRESS, report: REPORT });
  expect(subject).toBe('acme: customers_20260105T200000Z.csv 3 rejected, 1 failed');
  expect(text).toContain(
    '1,210 rows read = 1,000 created + 5 changed + 200 unchanged + 2 folded + 3 rejected',
  );
  expect(text).toContain('1,003 customers: in Klaviyo');
  expect(text).toContain('1 customer: failed');
  expect(text).toContain('Took 2 minutes from its arrival');
  expect(text).toContain(`/app/files/${FILE_ID}`);
});

test('a file without failures is a success, and one whose records still wait says so', () => {
  const clean = {
    ...REPORT,
    rows: { ...REPORT.rows, rejected: 0, read: 1_207 },
    records: [{ status: 'synced' as const, count: 10_000, isMore: true }],
  };
  expect(fileMail({ shop: SHOP, address: ADDRESS, report: clean })).toMatchObject({
    subject: 'acme: customers_20260105T200000Z.csv synced',
    text: expect.stringContaining('more than 10,000 customers: in Klaviyo') as string,
  });
  expect(fileMail({ shop: SHOP, address: ADDRESS, report: { ...clean, seconds: null } }).subject).toContain(
    'imported',
  );
});

test('a file that repeats what is known is no news', () => {
  const rows = { read: 5, created: 0, changed: 0, unchanged: 4, folded: 1, rejected: 0 };
  expect(hasNews({ rows })).toBe(false);
  expect(hasNews({ rows: { ...rows, rejected: 1 } })).toBe(true);
});

test.each([
  ['daily', '2026-11-21T20:00:00Z', '2026-11-21T20:00:00.000Z', '2026-11-21', '2026-11-21'],
  ['daily', '2026-11-21T19:59:59Z', '2026-11-20T20:00:00.000Z', '2026-11-20', '2026-11-20'],
  // The clocks of Sydney change on 4 October 2026: seven in the morning stays seven in the morning.
  ['daily', '2026-10-03T23:00:00Z', '2026-10-03T20:00:00.000Z', '2026-10-03', '2026-10-03'],
  ['daily', '2026-10-02T23:00:00Z', '2026-10-02T21:00:00.000Z', '2026-10-02', '2026-10-02'],
  ['weekly', '2026-11-22T20:00:00Z', '2026-11-22T20:00:00.000Z', '2026-11-16', '2026-11-22'],
  ['weekly', '2026-11-22T19:00:00Z', '2026-11-15T20:00:00.000Z', '2026-11-09', '2026-11-15'],
] as const)('a %s digest at %s fell due at %s about %s to %s', (pace, now, dueAt, from, to) => {
  const turn = digestTurn({ pace, timezone: 'Australia/Sydney', now: new Date(now) });
  expect({ ...turn, dueAt: turn.dueAt.toISOString() }).toEqual({ dueAt, from, to });
});

test('a digest begins with what needs a person and leaves out what is nought', () => {
  const digest: Digest = {
    from: '2026-11-20',
    to: '2026-11-20',
    connections: [
      {
        name: 'Klaviyo AU',
        isPaused: false,
        kinds: [
          { kind: 'customers', synced: 1_200, failed: 2 },
          { kind: 'orders', synced: 0, failed: 0 },
        ],
        files: 3,
        standing: { pending: 0, waiting: 4, failed: 2, heldFiles: 1 },
      },
    ],
    alerts: ['Klaviyo refuses the key.'],
    missing: ['No orders file for 26 hours.'],
  };
  const { subject, text } = digestMail({ shop: SHOP, address: LOCAL, digest });
  expect(subject).toBe('acme: 20 Nov in Threadline, 2 things need you');
  expect(text.indexOf('Klaviyo refuses the key.')).toBeLessThan(text.indexOf('KLAVIYO AU'));
  expect(text).toContain('Customers: 1,200 synced, 2 failed');
  expect(text).toContain('Now waiting for their customer: 4');
  expect(text).not.toContain('Orders:');
  expect(
    digestMail({ shop: SHOP, address: LOCAL, digest: { ...digest, alerts: [], missing: [] } }).subject,
  ).toContain('nothing needs you');
});

test.each([
  ['smtp://mail.example.org', { host: 'mail.example.org', port: 587, isTls: false, login: null }],
  ['smtps://mail.example.org', { port: 465, isTls: true }],
  [
    'smtp://me%40x.org:p%40ss%3A@mail:2525',
    { port: 2525, login: { user: 'me@x.org', password: 'p@ss:' }, from: 'me@x.org' },
  ],
  ['smtp://u:p@mail.example.org?from=alerts@x.org', { from: 'alerts@x.org' }],
  ['smtp://u:p@mail.example.org', { from: 'threadline@mail.example.org' }],
  ['smtp://127.0.0.1:25', { host: '127.0.0.1', from: 'threadline@localhost' }],
])('%s is read', (url, settings) => {
  expect(readSmtpUrl(url)).toMatchObject({ ok: true, settings });
});

test.each([
  'mail.example.org',
  'http://mail.example.org',
  'smtp://',
  'smtp://u:p@mail?from=nobody',
  'smtp://u:p@mail?form=alerts@x.org',
  'smtp://u:100%@mail',
  'smtp://u:hunter2@mail/inbox',
])('%s is refused without repeating it', (url) => {
  const read = readSmtpUrl(url);
  expect(read.ok).toBe(false);
  expect(JSON.stringify(read)).not.toContain('hunter2');
});
