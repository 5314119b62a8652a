import { useState } from 'react';

/** Seconds of watching before a pace is believed. */
const LOOK_SECONDS = 8;

type Sighting = { subject: string; at: number; remaining: number };

/**
 * How long something will still take, in words, from the pace since this page has watched it: null until it has been watched
 * for a while, or when it does not get less. `at` is the moment of the figure (ms), from the server's answer.
 */
export function usePace(subject: string, remaining: number, at: number): string | null {
  const [first, setFirst] = useState<Sighting>({ subject, at, remaining });
  // Another file, or more work than before: watched anew. https://react.dev/reference/react/useState#storing-information-from-previous-renders
  if (first.subject !== subject || remaining > first.remaining) {
    setFirst({ subject, at, remaining });
    return null;
  }
  const seconds = (at - first.at) / 1_000;
  const done = first.remaining - remaining;
  if (seconds < LOOK_SECONDS || done <= 0) {
    return null;
  }
  return inWords((remaining * seconds) / done);
}

function inWords(seconds: number): string {
  if (seconds < 50) {
    return 'less than a minute left at this pace';
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) {
    return `about ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} left at this pace`;
  }
  return `about ${Math.round(minutes / 60)} hours left at this pace`;
}
