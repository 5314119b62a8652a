import type { Pagination } from '@shopify/polaris';
import type { ComponentProps } from 'react';
import { recordPath, type RecordFilter } from '#app/domain/record-filter.ts';
import type { RecordKind } from '#app/domain/records.ts';

type RecordPagerProps = {
  kind: RecordKind;
  filter: RecordFilter;
  /** Ids of the records beside this one, from `recordNeighbours`. */
  previous: string | null;
  next: string | null;
};

/**
 * Previous and next within the list that a record was found in, for `Page`'s `pagination`.
 */
export function recordPagination({
  kind,
  filter,
  previous,
  next,
}: RecordPagerProps): ComponentProps<typeof Pagination> {
  const one = kind.slice(0, -1);
  return {
    accessibilityLabel: `Other ${kind} of the list`,
    accessibilityLabels: { previous: `Previous ${one}`, next: `Next ${one}` },
    hasPrevious: previous !== null,
    hasNext: next !== null,
    previousURL: previous === null ? undefined : recordPath(kind, previous, filter),
    nextURL: next === null ? undefined : recordPath(kind, next, filter),
  };
}
