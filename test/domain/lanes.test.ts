import { expect, test } from 'vitest';
import { directoriesOverlap, directoryProblem, laneDirectories } from '#app/domain/lanes.ts';

test('the other lanes are the same path with the first folder replaced', () => {
  expect(laneDirectories('/pending/au/retail')).toEqual({
    pending: '/pending/au/retail',
    test: '/test/au/retail',
    bulk: '/bulk/au/retail',
    processed: '/processed/au/retail',
    outbound: '/outbound/au/retail',
  });
  expect(laneDirectories('/pending').processed).toBe('/processed');
});

test.each(['/pending', '/pending/au', '/pending/au retail/2', '/pending/Süd'])(
  '%s is a directory',
  (directory) => {
    expect(directoryProblem(directory)).toBeNull();
  },
);

test.each([
  ['pending/au', 'must start with "/"'],
  ['', 'must start with "/"'],
  ['/in/au', 'must lie in /pending'],
  ['/pendingx', 'must lie in /pending'],
  ['/', 'must lie in /pending'],
  ['/pending/au/', 'empty folder'],
  ['/pending//au', 'empty folder'],
  ['/pending/../etc', '".."'],
  ['/pending/./au', '".."'],
  ['/pending/ au', 'blanks'],
  ['/pending/a\\b', 'backslash'],
  ['/pending/a\nb', 'control characters'],
])('the directory %j is refused: %s', (directory, what) => {
  expect(directoryProblem(directory)).toContain(what);
});

test('two connections overlap when their directories are equal, also in other case', () => {
  expect(directoriesOverlap('/pending/au', '/pending/AU')).toBe(true);
  expect(directoriesOverlap('/pending/au', '/pending/nz')).toBe(false);
  expect(directoriesOverlap('/pending', '/pending/au')).toBe(false);
});
