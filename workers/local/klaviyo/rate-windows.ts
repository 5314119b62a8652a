/** So many requests in so many seconds. */
export type RateLimit = { count: number; seconds: number };

/** A fixed window: it starts with the first request after the last one ended. */
export type RateWindow = RateLimit & { startedAt: number; used: number; peak: number };

export function createWindows(limits: RateLimit[]): RateWindow[] {
  return limits.map((limit) => ({ ...limit, startedAt: Number.NEGATIVE_INFINITY, used: 0, peak: 0 }));
}

/**
 * Counts a request. Null = there was room; otherwise the whole seconds (at least 1) until there is room again.
 * A request without room counts only with `throttledConsume`.
 */
export function takeRoom(
  windows: RateWindow[],
  now: number,
  how: { isEnforced: boolean; throttledConsume: boolean },
): number | null {
  for (const window of windows) {
    if (now - window.startedAt >= window.seconds * 1000) {
      window.startedAt = now;
      window.used = 0;
    }
  }
  const full = windows.filter((window) => window.used >= window.count);
  if (full.length > 0 && how.isEnforced) {
    if (how.throttledConsume) {
      windows.forEach((window) => (window.used += 1));
    }
    return Math.max(1, ...full.map((window) => Math.ceil(msLeft(window, now) / 1000)));
  }
  for (const window of windows) {
    window.used += 1;
    window.peak = Math.max(window.peak, window.used);
  }
  return null;
}

/** Gives the room of a refused request back. */
export function returnRoom(windows: RateWindow[]): void {
  windows.forEach((window) => (window.used = Math.max(0, window.used - 1)));
}

/**
 * The headers as they are live: the limit names every window, the numbers are those of the window that binds most (the
 * one with the fewest requests left), not of the steady one as the documentation says.
 */
export function limitHeaders(windows: RateWindow[], now: number): Record<string, string> {
  const binding = windows.reduce<RateWindow | null>(
    (least, window) => (least === null || remaining(window) < remaining(least) ? window : least),
    null,
  );
  if (binding === null) {
    return {};
  }
  const policies = windows.map((window) => `${window.count};w=${window.seconds}`);
  return {
    'RateLimit-Limit': [binding.count, ...policies].join(', '),
    'RateLimit-Remaining': String(remaining(binding)),
    'RateLimit-Reset': String(wholeSecondsLeft(binding, now)),
  };
}

function remaining(window: RateWindow): number {
  return Math.max(0, window.count - window.used);
}

/** Live, a one-second window never shows anything but 0. */
function wholeSecondsLeft(window: RateWindow, now: number): number {
  return Math.max(0, Math.ceil(msLeft(window, now) / 1000) - 1);
}

function msLeft(window: RateWindow, now: number): number {
  return Math.max(0, window.startedAt + window.seconds * 1000 - now);
}
