import type { Evaluation, StoredRecord } from './evaluate-units.ts';

/**
 * How many events of a unit could start flows in Klaviyo: the events that its row makes due and that go as news, not as
 * history (`backfill`). Counted when the row is staged, of created and changed orders and rewards, and when other rules let go what
 * was kept back (`remapRecords`). Not counted: events that
 * Klaviyo has or that are on their way already, and records that a rule leaves out or that cannot be sent. An upper limit: a
 * record may still be refused by Klaviyo, skipped by a person, kept back by test mode, or wait for its customer.
 */
export function flowEventsOf({
  standing,
  stored,
  result,
}: Pick<Evaluation, 'standing' | 'result'> & {
  stored: Pick<StoredRecord, 'taken_parts'> | null;
}): number {
  if (standing === 'unchanged' || result === null || result.mapped.kind === 'customers') {
    return 0;
  }
  const { of } = result.mapped;
  if (of.outcome !== 'mapped' || of.payload.backfill) {
    return 0;
  }
  const taken = stored?.taken_parts ?? [];
  return of.payload.events.filter(({ part }) => !taken.includes(part)).length;
}
