import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapePlaceholders, expandEnv } from '#app/domain/expand-env.ts';

test('${NAME} is read from the environment anywhere in a text, a second $ keeps it as it is', () => {
  const document = { a: ['x-${A}-${B}', 5, null], b: '$${A}', c: '${}', d: '$ {A}' };
  const env = { A: '1', B: '${C}' };
  expect(expandEnv(document, env)).toEqual({
    document: { a: ['x-1-${C}', 5, null], b: '${A}', c: '${}', d: '$ {A}' },
    problems: [],
  });
});

test('an escaped text comes back as it was', () => {
  const piece = fc.constantFrom('$', '{', 'A', '}', '${A}', ' ');
  fc.assert(
    fc.property(
      fc.array(piece).map((parts) => parts.join('')),
      (text) => {
        expect(expandEnv(escapePlaceholders(text), { A: 'wrong' })).toEqual({ document: text, problems: [] });
      },
    ),
    { numRuns: 500 },
  );
});
