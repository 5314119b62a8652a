import type { FileStatus, Lane } from '../domain/records.ts';

/** `left-out`: this file does not take the step. `stopped`: it got no further than this. */
export type StepState = 'done' | 'current' | 'to-do' | 'stopped' | 'left-out';
export type FileStep = { name: string; state: StepState; note: string | null };

export type StepFacts = {
  status: FileStatus;
  lane: Lane;
  foundAt: string;
  /** Moments in words, null = not yet. */
  startedAt: string | null;
  importedAt: string | null;
  settledAt: string | null;
  archivedAt: string | null;
  isMoved: boolean;
  /** Rows staged so far, and rows of the file once it was read whole. */
  readRows: number;
  totalRows: number;
  /** Records that are not in Klaviyo yet, in words: `1,204`, `10,000+`; null = none. */
  toSend: string | null;
  /** Why nothing is sent now; null = it is. */
  sendingStops: string | null;
};

const NUMBERS = new Intl.NumberFormat('en');

/** The way of a file in six steps, each with where it stands. Moved comes before sent: a file is moved when its rows are safe. */
export function fileSteps(facts: StepFacts): FileStep[] {
  const steps = [found(facts), read(facts), mapped(facts), staged(facts), sent(facts), moved(facts)];
  const end = steps.findIndex(({ state }) => state === 'stopped' || state === 'left-out');
  const isOver = steps[end]?.state === 'left-out';
  return steps.map((one, index) => {
    if (one.state !== 'to-do') {
      return one;
    }
    if (end < 0 || index < end) {
      return { ...one, note: 'Not yet' };
    }
    // Behind a stop nothing is promised; behind the end nothing comes.
    return isOver ? { ...one, state: 'left-out' } : one;
  });
}

function step(name: string, state: StepState, note: string | null = null): FileStep {
  return { name, state, note };
}

function found({ status, foundAt }: StepFacts): FileStep {
  if (status === 'unrecognised') {
    return step('Found', 'stopped', foundAt);
  }
  return step('Found', status === 'discovered' ? 'current' : 'done', foundAt);
}

/** Read = gone through once as a whole: encoding, quotes, columns, number of rows. */
function read(facts: StepFacts): FileStep {
  const { status, startedAt, totalRows, lane } = facts;
  switch (status) {
    case 'held':
    case 'failed':
      return step('Read', 'stopped', startedAt);
    case 'waiting-for-start':
      return step('Read', 'current', 'Waits for your start');
    case 'duplicate':
      return step('Read', 'left-out', 'Same content as before');
    case 'discarded':
      return step('Read', 'left-out', 'Discarded');
    case 'gone':
      return lane === 'test' && totalRows > 0
        ? step('Read', 'done', startedAt)
        : step('Read', 'left-out', 'Taken away');
    case 'discovered':
    case 'unrecognised':
      return step('Read', 'to-do');
    case 'importing':
      return totalRows > 0 ? step('Read', 'done', startedAt) : step('Read', 'current', 'Looking through it');
    default:
      return step('Read', 'done', startedAt);
  }
}

function mapped(facts: StepFacts): FileStep {
  if (facts.lane === 'test') {
    return facts.settledAt === null ? step('Mapped', 'to-do') : step('Mapped', 'done', facts.settledAt);
  }
  return importStep('Mapped', facts);
}

function staged(facts: StepFacts): FileStep {
  return facts.lane === 'test' ? step('Staged', 'left-out', 'Not in a test') : importStep('Staged', facts);
}

function importStep(name: string, { status, importedAt, readRows, totalRows }: StepFacts): FileStep {
  if (importedAt !== null) {
    return step(name, 'done', importedAt);
  }
  if (status === 'importing' && totalRows > 0) {
    return step(name, 'current', `Row ${NUMBERS.format(readRows)} of ${NUMBERS.format(totalRows)}`);
  }
  return step(name, 'to-do');
}

function sent({ lane, importedAt, settledAt, toSend, sendingStops }: StepFacts): FileStep {
  if (lane === 'test') {
    return step('Sent', 'left-out', 'Not in a test');
  }
  if (importedAt === null) {
    return step('Sent', 'to-do');
  }
  if (toSend === null) {
    return step('Sent', 'done', settledAt);
  }
  return step('Sent', 'current', sendingStops ?? `${toSend} to go`);
}

function moved({ lane, status, archivedAt, isMoved }: StepFacts): FileStep {
  if (lane === 'test') {
    return step('Moved', 'left-out', 'Stays where it is');
  }
  if (archivedAt !== null) {
    return isMoved
      ? step('Moved', 'done', archivedAt)
      : step('Moved', 'left-out', 'It was replaced meanwhile');
  }
  return status === 'imported' ? step('Moved', 'current', 'The next pass moves it') : step('Moved', 'to-do');
}
