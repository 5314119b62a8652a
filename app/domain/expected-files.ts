import { readDuration } from './durations.ts';
import { RECORD_KINDS, type RecordKind } from './records.ts';

export type Expectation = { kind: RecordKind; every: string; grace: string };

export type ArrivalFacts = {
  /** When the newest file of the kind came; null = none yet. */
  lastArrival: Date | null;
  /** Since when files are expected. */
  since: Date;
  /** When the lanes were last listed; null = never. */
  listedAt: Date | null;
};

/**
 * A kind of file whose time is over. `since`: when the newest one came, or since when one is expected. `isCertain`: the lanes
 * were looked at after that time. Without it the file may well lie there: the connection was paused, or its server is down.
 */
export type Overdue = {
  kind: RecordKind;
  every: string;
  since: Date;
  hasCome: boolean;
  isCertain: boolean;
};

/** What is overdue, at most once per kind, by its strictest expectation: `every` and `grace` since the newest file. */
export function findOverdue(
  expectations: readonly Expectation[],
  factsOf: (kind: RecordKind) => ArrivalFacts,
  now: Date,
): Overdue[] {
  return RECORD_KINDS.flatMap((kind) => {
    const [strictest] = expectations
      .filter((one) => one.kind === kind)
      .map(({ every, grace }) => ({ every, ms: (readDuration(every) ?? 0) + (readDuration(grace) ?? 0) }))
      .sort((a, b) => a.ms - b.ms);
    if (strictest === undefined) {
      return [];
    }
    const { lastArrival, since, listedAt } = factsOf(kind);
    // Nobody is late for what was expected only afterwards.
    const endsAt = Math.max(since.getTime(), lastArrival?.getTime() ?? 0) + strictest.ms;
    if (now.getTime() <= endsAt) {
      return [];
    }
    return [
      {
        kind,
        every: strictest.every,
        since: lastArrival ?? since,
        hasCome: lastArrival !== null,
        isCertain: listedAt !== null && listedAt.getTime() > endsAt,
      },
    ];
  });
}

const UNITS = { s: 'second', m: 'minute', h: 'hour', d: 'day' } as const;

/** `24h` as people say it: `24 hours`. */
export function durationWords(text: string): string {
  const [, count = '', unit = ''] = /^(\d+)\s*([smhd])$/.exec(text.trim()) ?? [];
  const word = UNITS[unit as keyof typeof UNITS];
  return Number(count) === 1 ? word : `${count} ${word}s`;
}
