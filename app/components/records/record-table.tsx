import {
  BlockStack,
  Box,
  Button,
  IndexTable,
  Text,
  useBreakpoints,
  useIndexResourceState,
} from '@shopify/polaris';
import type { ComponentProps } from 'react';
import { useState } from 'react';
import { recordCount, type RecordChange } from '#app/domain/record-change.ts';
import { NO_FILTER, recordFilterParameters, recordsPath } from '#app/domain/record-filter.ts';
import { ConfirmModal } from '../confirm-modal.tsx';
import type { Act } from '../use-act.ts';
import { bulkChanges } from './bulk-changes.ts';
import { useFilterChange } from './record-filters.tsx';
import { recordHeadings, RecordRow } from './record-row.tsx';
import { TAB_WORDS } from './record-words.ts';
import type { RecordsList } from './records-list.ts';

/** The rows of a list, what can be done to many of them, and the way to the next page. */
export function RecordTable({ list, isLoading, act }: { list: RecordsList; isLoading: boolean; act: Act }) {
  const { kind, filter, rows, previous, next, matching } = list;
  const { smDown } = useBreakpoints();
  const { selectedResources, allResourcesSelected, handleSelectionChange, clearSelection } =
    useIndexResourceState(rows);
  const [isAsking, setAsking] = useState(false);
  const selected = allResourcesSelected ? null : rows.filter(({ id }) => selectedResources.includes(id));
  const changes = bulkChanges(list, selected);
  function run(change: RecordChange): void {
    act.run({
      intent: change,
      ids: selected === null ? null : selected.map(({ id }) => id),
      filter: recordFilterParameters(filter).toString(),
    });
    setAsking(false);
    clearSelection();
  }
  const all = matching === null ? `all matching ${kind}` : `all ${recordCount(kind, matching.total)}`;
  return (
    <>
      <IndexTable
        resourceName={{ singular: kind.slice(0, -1), plural: kind }}
        itemCount={rows.length}
        headings={recordHeadings(list) as ComponentProps<typeof IndexTable>['headings']}
        condensed={smDown}
        loading={isLoading}
        selectedItemsCount={allResourcesSelected ? 'All' : selectedResources.length}
        onSelectionChange={handleSelectionChange}
        hasMoreItems={previous !== null || next !== null}
        paginatedSelectAllActionText={`Select ${all}`}
        paginatedSelectAllText={allResourcesSelected ? `Selected: ${all}` : undefined}
        promotedBulkActions={changes.map(({ change, words, isPossible }) => ({
          content: words,
          disabled: !isPossible || act.isBusy,
          onAction: () => (change === 'skip' ? setAsking(true) : run(change)),
        }))}
        emptyState={<NoMatch list={list} />}
        pagination={
          previous === null && next === null
            ? undefined
            : {
                accessibilityLabel: `Pages of ${kind}`,
                accessibilityLabels: { previous: 'Previous page', next: 'Next page' },
                hasPrevious: previous !== null,
                previousURL: previous === null ? undefined : recordsPath(kind, filter, previous),
                hasNext: next !== null,
                nextURL: next === null ? undefined : recordsPath(kind, filter, next),
              }
        }
      >
        {rows.map((row, position) => (
          <RecordRow
            key={row.id}
            row={row}
            position={position}
            list={list}
            isCondensed={smDown}
            isSelected={selectedResources.includes(row.id)}
          />
        ))}
      </IndexTable>
      <ConfirmModal
        isOpen={isAsking}
        title={`${changes.find(({ change }) => change === 'skip')?.words ?? 'Mark as skipped'}?`}
        confirm="Mark as skipped"
        isDestructive
        isBusy={act.isBusy}
        onConfirm={() => run('skip')}
        onCancel={() => setAsking(false)}
      >
        {SKIP_MEANS}
      </ConfirmModal>
    </>
  );
}

const SKIP_MEANS =
  'They are not sent to Klaviyo, and neither are their consent changes such as an opt-out, until a later file changes their row. What Klaviyo holds already stays there. Sync brings them back at any time.';

function NoMatch({ list }: { list: RecordsList }) {
  const { kind, filter } = list;
  const change = useFilterChange(list);
  const isTabOnly =
    recordFilterParameters({ ...NO_FILTER, tab: filter.tab }).toString() ===
    recordFilterParameters({ ...filter, sort: NO_FILTER.sort }).toString();
  return (
    <Box padding="800">
      <BlockStack gap="300" inlineAlign="center">
        <Text as="p" variant="headingMd" alignment="center">
          {isTabOnly ? `No ${kind} here` : `No ${kind} match`}
        </Text>
        <Text as="p" tone="subdued" alignment="center">
          {isTabOnly
            ? `“${TAB_WORDS[filter.tab]}” is empty right now.`
            : 'Change the search or the filters, or look at all of them.'}
        </Text>
        {isTabOnly ? (
          <Button onClick={() => change(NO_FILTER)}>{`Show all ${kind}`}</Button>
        ) : (
          <Button onClick={() => change({ ...NO_FILTER, sort: filter.sort })}>Clear filters</Button>
        )}
      </BlockStack>
    </Box>
  );
}
