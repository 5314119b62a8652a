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
