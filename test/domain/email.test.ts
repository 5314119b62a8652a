import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEmail } from '#app/domain/email.ts';

test.each([
  ['jane@example.org', 'jane@example.org'],
  ['  Jane.Smith@Example.ORG ', 'jane.smith@example.org'],
  ["o'brien+shop@mail.example.com.au", "o'brien+shop@mail.example.com.au"],
  ['x@münchen.example', 'x@münchen.example'],
  ['x@example.xn--p1ai', 'x@example.xn--p1ai'],
])('%j is usable as %s', (text, email) => {
  expect(readEmail(text)).toEqual({ email });
});

test.each([
  'none@none',
  'x',
  '',
  '@example.org',
  'jane@',
  'jane@example.org.',
  'jane.@example.org',
  '.jane@example.org',
  'ja..ne@example.org',
  'jane@example..org',
  'jane@-example.org',
  'jane@example.o',
  'jane@example.123',
  'jane@@example.org',
  'jane doe@example.org',
  'jane@exam ple.org',
  'jane@example.org, joe@example.org',
  'Jane <jane@example.org>',
  'jané@example.org',
  `${'a'.repeat(90)}@example.org`,
])('%j is not usable', (text) => {
  expect(readEmail(text)).toHaveProperty('problem');
});

test('what is usable stays the same when it is read again', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (text) => {
      const first = readEmail(text);
      fc.pre('email' in first);
      expect(readEmail(first.email)).toEqual(first);
    }),
  );
});
