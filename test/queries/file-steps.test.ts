import { expect, test } from 'vitest';
import { fileSteps, type StepFacts } from '#app/queries/file-steps.ts';

const FACTS: StepFacts = {
  status: 'archived',
  lane: 'pending',
  foundAt: 'found',
  startedAt: 'started',
  importedAt: 'imported',
  settledAt: 'settled',
  archivedAt: 'moved',
  isMoved: true,
  readRows: 96_000,
  totalRows: 96_000,
  toSend: null,
  sendingStops: null,
};
const NOTHING_YET = { importedAt: null, settledAt: null, archivedAt: null, isMoved: false };

function states(facts: Partial<StepFacts>): string {
  return fileSteps({ ...FACTS, ...facts })
    .map(({ name, state, note }) => `${name} ${state}${note === null ? '' : ` (${note})`}`)
    .join(' · ');
}

test.each<[string, Partial<StepFacts>, string]>([
  [
    'all done',
    {},
    'Found done (found) · Read done (started) · Mapped done (imported) · Staged done (imported) · Sent done (settled) · Moved done (moved)',
  ],
  [
    'just found',
    { ...NOTHING_YET, status: 'discovered', startedAt: null, totalRows: 0 },
    'Found current (found) · Read to-do (Not yet) · Mapped to-do (Not yet) · Staged to-do (Not yet) · Sent to-do (Not yet) · Moved to-do (Not yet)',
  ],
  [
    'in the middle of its rows',
    { ...NOTHING_YET, status: 'importing', readRows: 41_200 },
    'Found done (found) · Read done (started) · Mapped current (Row 41,200 of 96,000) · Staged current (Row 41,200 of 96,000) · Sent to-do (Not yet) · Moved to-do (Not yet)',
  ],
  [
    'moved, and still sending',
    { settledAt: null, toSend: '1,204' },
    'Found done (found) · Read done (started) · Mapped done (imported) · Staged done (imported) · Sent current (1,204 to go) · Moved done (moved)',
  ],
  [
    'held back by data sync',
    { settledAt: null, toSend: '5', sendingStops: 'Data sync is off' },
    'Found done (found) · Read done (started) · Mapped done (imported) · Staged done (imported) · Sent current (Data sync is off) · Moved done (moved)',
  ],
  [
    'held',
    { ...NOTHING_YET, status: 'held' },
    'Found done (found) · Read stopped (started) · Mapped to-do · Staged to-do · Sent to-do · Moved to-do',
  ],
  [
    'tested',
    { ...NOTHING_YET, status: 'previewed', lane: 'test', settledAt: 'settled' },
    'Found done (found) · Read done (started) · Mapped done (settled) · Staged left-out (Not in a test) · Sent left-out (Not in a test) · Moved left-out (Stays where it is)',
  ],
  [
    'a duplicate',
    { ...NOTHING_YET, status: 'duplicate', archivedAt: 'moved', isMoved: true },
    'Found done (found) · Read left-out (Same content as before) · Mapped left-out · Staged left-out · Sent left-out · Moved done (moved)',
  ],
])('the steps of a file that is %s', (_, facts, expected) => {
  expect(states(facts)).toBe(expected);
});
