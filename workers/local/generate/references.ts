import type { Changes } from './changes.ts';
import type { Draws } from './random.ts';

/** Share of the orders and rewards whose person is not in the customers file: they have to wait. */
const ABSENT_SHARE = 0.005;
/** The absent are the next to join, so that the waiting ends when a later day brings them. */
const ABSENT_REACH = 20;

/** Index of the person of an order or reward. At or above `rowCount`: not in the customers file of the day. */
export function drawPerson(draws: Draws, changes: Changes): number {
  const isAbsent = draws.chance(ABSENT_SHARE);
  const place = draws.next();
  if (isAbsent || changes.rowCount === 0) {
    return changes.rowCount + Math.floor(place * ABSENT_REACH);
  }
  const index = Math.floor(place * changes.rowCount);
  if (!changes.isKeyless(index)) {
    return index;
  }
  return index === 0 ? 1 : index - 1;
}
