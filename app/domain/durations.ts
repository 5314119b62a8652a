const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `30m`, `2h`, `1d`; null when the text is no duration. */
export function readDuration(text: string): number | null {
  const [, count, unit] = /^(\d{1,6})\s*([smhd])$/.exec(text.trim()) ?? [];
  return unit === undefined ? null : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** Seconds as people say them: `8 seconds`, `3 minutes`, `1.5 hours`, `2 days`. */
export function durationInWords(seconds: number): string {
  const steps: [limit: number, unit: number, word: string][] = [
    [90, 1, 'second'],
    [90 * 60, 60, 'minute'],
    [36 * 3_600, 3_600, 'hour'],
    [Infinity, 86_400, 'day'],
  ];
  const [, unit, word] = steps.find(([limit]) => seconds < limit) ?? [0, 86_400, 'day'];
  const amount =
    unit >= 3_600 ? Math.round((seconds / unit) * 2) / 2 : Math.max(1, Math.round(seconds / unit));
  return `${amount} ${word}${amount === 1 ? '' : 's'}`;
}
