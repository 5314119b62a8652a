/** First pause, ms. */
const BASE_MS = 500;
/** Longest pause, ms. */
const CAP_MS = 30_000;

/**
 * Pause before the next try: exponential with full jitter, so that many clients do not return together.
 * `failures` ≥ 1; `random` in [0, 1). Result in ms, from a quarter of the step upwards.
 */
export function backoffMs(failures: number, random: number): number {
  const step = Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
  return Math.round(step * (0.25 + 0.75 * random));
}
