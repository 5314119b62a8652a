import { Badge, BlockStack, Box, IndexTable, InlineStack, Link, Text } from '@shopify/polaris';
import { recordPath } from '#app/domain/record-filter.ts';
import { statusBadge } from './record-words.ts';
import type { RecordItem, RecordsList } from './records-list.ts';

const NAMES = { customers: 'Customer', orders: 'Order', rewards: 'Reward' };

/** Headings of the columns that a list has. */
export function recordHeadings({ kind, connections }: RecordsList): { title: string }[] {
  return [
    { title: NAMES[kind] },
    { title: 'Status' },
    { title: 'Reason' },
    ...(connections.length > 1 ? [{ title: 'Connection' }] : []),
    ...(kind === 'customers' ? [] : [{ title: kind === 'orders' ? 'Placed at' : 'Happened at' }]),
    { title: 'Last change' },
  ];
}

/** Cells do not break lines; a reason is a sentence, and an address may be long. */
const BREAKING = { whiteSpace: 'normal', overflowWrap: 'anywhere' } as const;

type RecordRowProps = {
  row: RecordItem;
  position: number;
  list: RecordsList;
  isCondensed: boolean;
  isSelected: boolean;
};

/** One record: a line of the table, or two lines on a narrow screen. */
export function RecordRow({ row, position, list, isCondensed, isSelected }: RecordRowProps) {
  const { kind, filter, connections } = list;
  const name = (
    <Link dataPrimaryLink url={recordPath(kind, row.id, filter)} monochrome removeUnderline>
      <Text as="span" fontWeight="semibold" breakWord>
        {row.name}
      </Text>
    </Link>
  );
  const label = `Select ${kind.slice(0, -1)} ${row.name}`;
  if (isCondensed) {
    return (
      <IndexTable.Row id={row.id} position={position} selected={isSelected} accessibilityLabel={label}>
        <NarrowLine row={row} name={name} hasConnections={connections.length > 1} />
      </IndexTable.Row>
    );
  }
  return (
    <IndexTable.Row id={row.id} position={position} selected={isSelected} accessibilityLabel={label}>
      <IndexTable.Cell>
        <div style={{ ...BREAKING, minWidth: '12rem', maxWidth: '20rem' }}>
          {name}
          {row.name === row.externalId ? null : (
            <Text as="p" tone="subdued" variant="bodySm" breakWord>
              {`ID ${row.externalId}`}
            </Text>
          )}
        </div>
      </IndexTable.Cell>
      <IndexTable.Cell>
        <StatusBadge row={row} />
      </IndexTable.Cell>
      <IndexTable.Cell>
        <div style={{ ...BREAKING, minWidth: '14rem', maxWidth: '32rem' }}>
          <Text as="span" tone={row.status === 'failed' ? undefined : 'subdued'} breakWord>
            {row.reason ?? ''}
          </Text>
        </div>
      </IndexTable.Cell>
      {connections.length > 1 ? <IndexTable.Cell>{row.connection}</IndexTable.Cell> : null}
      {kind === 'customers' ? null : <IndexTable.Cell>{row.placedAt ?? '–'}</IndexTable.Cell>}
      <IndexTable.Cell>{row.changedAt}</IndexTable.Cell>
    </IndexTable.Row>
  );
}

function NarrowLine({
  row,
  name,
  hasConnections,
}: {
  row: RecordItem;
  name: React.ReactNode;
  hasConnections: boolean;
}) {
  const details = hasConnections ? `${row.connection} · ${row.changedAt}` : row.changedAt;
  return (
    <Box padding="300" width="100%">
      <BlockStack gap="100">
        <InlineStack align="space-between" blockAlign="start" gap="200" wrap={false}>
          {name}
          <StatusBadge row={row} />
        </InlineStack>
        <Text as="p" tone="subdued" variant="bodySm" breakWord>
          {row.reason ?? details}
        </Text>
      </BlockStack>
    </Box>
  );
}

function StatusBadge({ row }: { row: RecordItem }) {
  const { word, tone } = statusBadge(row.status);
  return <Badge tone={tone}>{word}</Badge>;
}
