/** The time in a zone, in words that are the same in every browser: `Saturday 21 November, 20:41`; null = no such zone. */
export function timeIn(timeZone: string, at: Date): string | null {
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return `${parts['weekday']} ${parts['day']} ${parts['month']}, ${parts['hour']}:${parts['minute']}`;
  } catch {
    // A zone that is being typed.
    return null;
  }
}
