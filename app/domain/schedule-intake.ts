import { laneDirectories } from './lanes.ts';
import type { ScheduleClock, ScheduleFacts, ScheduleSentence } from './schedule.ts';
import { counted, listed, paceInWords, placeInFile } from './schedule-words.ts';

/** A look may be late by this before somebody is told: a sweep comes every few seconds, a deploy takes a minute or two. */
const LATE_MS = 120_000;

/** When the folder is looked at, what is read, and which files wait for what. */
export function intakeSentences(facts: ScheduleFacts, clock: ScheduleClock): ScheduleSentence[] {
  return [...lookSentences(facts, clock), ...readingSentences(facts), ...fileSentences(facts)];
}

/** When the folder is looked at next; null = nobody knows, or not at all. */
export function nextLook({ isPaused, hasSftp, poll }: ScheduleFacts): Date | null {
  return isPaused || !hasSftp || poll.lastAt === null
    ? null
    : new Date(poll.lastAt.getTime() + poll.everySeconds * 1_000);
}

function lookSentences(facts: ScheduleFacts, clock: ScheduleClock): ScheduleSentence[] {
  const { directory, poll } = facts;
  if (facts.isPaused) {
    return [{ code: 'paused', text: `Paused: ${directory} is not looked at. New files stay there.` }];
  }
  if (!facts.hasSftp) {
    return [
      {
        code: 'no-sftp',
        text: 'No SFTP server is set up yet, so there is no folder to look at.',
        tone: 'attention',
      },
    ];
  }
  const { intake } = facts.trouble;
  const trouble: ScheduleSentence[] =
    intake === null
      ? []
      : [
          {
            code: 'intake-trouble',
            text: `Files cannot be taken in since ${clock.at(intake.since)}. ${intake.message}`,
            tone: 'critical',
          },
        ];
  const pace = `${directory} is looked at every ${paceInWords(poll.everySeconds)}`;
  const next = nextLook(facts);
  if (poll.lastAt === null || next === null) {
    return [...trouble, { code: 'poll', text: `${pace}. It has not been looked at yet.` }];
  }
  const last = `last at ${clock.at(poll.lastAt)}`;
  if (clock.now.getTime() > next.getTime() + LATE_MS) {
    const text = `${pace}: ${last}, and not since, although it was due again at ${clock.at(next)}. If this lasts, ask whoever runs Threadline whether its workers run.`;
    return [...trouble, { code: 'poll-overdue', text, tone: 'attention' }];
  }
  return [...trouble, { code: 'poll', text: `${pace}: ${last}, due again at ${clock.at(next)}.` }];
}

function readingSentences({ files, isPaused }: ScheduleFacts): ScheduleSentence[] {
  const file = files.importing;
  if (file === null) {
    return [];
  }
  const place = placeInFile(file);
  if (isPaused) {
    const where = place === null ? 'was begun' : `is at ${place}`;
    const text = `${file.name} ${where}. If it is still being read, it is read to its end; otherwise it goes on when the connection is resumed.`;
    return [{ code: 'reading', text, fileId: file.id }];
  }
  const text = `${file.name} is being read${place === null ? '' : `: ${place}`}. Nothing of it is sent before all of it is read.`;
  return [{ code: 'reading', text, fileId: file.id }];
}

function fileSentences({ files, directory, isPaused }: ScheduleFacts): ScheduleSentence[] {
  const sentences: ScheduleSentence[] = [];
  if (files.queued > 0) {
    const rest = files.queued - files.first.length;
    const order = [...files.first, ...(rest > 0 ? [`${counted(rest, 'more file')}`] : [])];
    const text =
      files.queued === 1
        ? `${files.first[0] ?? '1 file'} is read next.`
        : `${counted(files.queued, 'file')} wait to be read in this order: ${listed(order)}.`;
    sentences.push({
      code: 'queued',
      text: isPaused ? `${text} This begins when the connection is resumed.` : text,
    });
  }
  if (files.unsettled > 0) {
    sentences.push({
      code: 'unsettled',
      text: `${counted(files.unsettled, 'file')} may still be written: ${files.unsettled === 1 ? 'it is' : 'they are'} read once two looks have seen the same size.`,
    });
  }
  if (files.toMove > 0) {
    const { processed } = laneDirectories(directory);
    sentences.push({
      code: 'to-move',
      text: `${counted(files.toMove, 'file')} ${files.toMove === 1 ? 'is' : 'are'} read and not moved to ${processed} yet.`,
    });
  }
  if (files.held > 0) {
    sentences.push({
      code: 'held',
      text: `${counted(files.held, 'file')} ${files.held === 1 ? 'is' : 'are'} held until somebody releases or discards ${files.held === 1 ? 'it' : 'them'}.`,
      tone: 'attention',
    });
  }
  if (files.bulk > 0) {
    sentences.push({
      code: 'bulk',
      text: `${counted(files.bulk, 'file')} of the bulk folder ${files.bulk === 1 ? 'waits' : 'wait'} until somebody starts ${files.bulk === 1 ? 'it' : 'them'}.`,
      tone: 'attention',
    });
  }
  if (files.unrecognised > 0) {
    sentences.push({
      code: 'unrecognised',
      text: `${counted(files.unrecognised, 'file')} ${files.unrecognised === 1 ? 'has a name' : 'have names'} that ${files.unrecognised === 1 ? 'is' : 'are'} not recognised; nothing of ${files.unrecognised === 1 ? 'it' : 'them'} is read.`,
      tone: 'attention',
    });
  }
  const isNone = files.importing === null && sentences.length === 0;
  return isNone ? [{ code: 'no-files', text: 'No file waits.' }] : sentences;
}
