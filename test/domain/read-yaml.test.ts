import { expect, test } from 'vitest';
import { readYaml } from '#app/domain/read-yaml.ts';

test('a key that stands twice in one block is a problem with its line; in two blocks it is none', () => {
  expect(readYaml('a: { x: 1 }\nb: { x: 2 }\n')).toMatchObject({ document: { a: { x: 1 }, b: { x: 2 } } });
  expect(readYaml('a: 1\n"b": 2\nb: 3\n')).toEqual({
    problems: [
      {
        path: 'line 3',
        message: 'The file is not valid YAML: the key "b" stands twice in one block',
        remedy: 'Keep one of the two',
      },
    ],
  });
});

test('a table of forty thousand keys is read key by key, not each against every other', () => {
  const lines = Array.from({ length: 40_000 }, (_, index) => `k${index}: ${index}`);
  expect(readYaml(lines.join('\n'))).toMatchObject({ document: { k0: 0, k39999: 39_999 } });
});
