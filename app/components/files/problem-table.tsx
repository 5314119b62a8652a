import { BlockStack, Box, IndexTable, InlineStack, Text } from '@shopify/polaris';
import { figure } from '../words.ts';
import { ByWidth } from './by-width.tsx';

export type ProblemRow = {
  id: string;
  line: number | null;
  column: string | null;
  value: string | null;
  code: string;
  message: string;
};

/** Rows that something is wrong with: a table, on a telephone a list. */
export function ProblemTable({ rows }: { rows: ProblemRow[] }) {
  return <ByWidth wide={<Wide rows={rows} />} narrow={<Narrow rows={rows} />} />;
}

function Wide({ rows }: { rows: ProblemRow[] }) {
  return (
    <IndexTable
      selectable={false}
      resourceName={{ singular: 'row', plural: 'rows' }}
      itemCount={rows.length}
      headings={[
        { title: 'Line', alignment: 'end' },
        { title: 'Column' },
        { title: 'Value' },
        { title: 'Reason' },
      ]}
    >
      {rows.map(({ id, line, column, value, message }, position) => (
        <IndexTable.Row key={id} id={id} position={position}>
          <IndexTable.Cell>
            <Text as="span" alignment="end" numeric>
              {line === null ? '–' : figure(line)}
            </Text>
          </IndexTable.Cell>
          <IndexTable.Cell>{column ?? 'whole row'}</IndexTable.Cell>
          <IndexTable.Cell>
            <div style={{ whiteSpace: 'normal', maxWidth: '18rem', overflowWrap: 'anywhere' }}>
              {shown(value)}
            </div>
          </IndexTable.Cell>
          <IndexTable.Cell>
            <div style={{ whiteSpace: 'normal', minWidth: '16rem', overflowWrap: 'anywhere' }}>{message}</div>
          </IndexTable.Cell>
        </IndexTable.Row>
      ))}
    </IndexTable>
  );
}

function Narrow({ rows }: { rows: ProblemRow[] }) {
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {rows.map(({ id, line, column, value, message }) => (
        <Box key={id} as="li" padding="400" borderBlockStartWidth="025" borderColor="border-secondary">
          <BlockStack gap="100">
            <InlineStack gap="200">
              <Text as="span" fontWeight="medium">{`Line ${line === null ? '–' : figure(line)}`}</Text>
              <Text as="span" tone="subdued" breakWord>
                {column ?? 'whole row'}
                {value === null ? '' : `: ${shown(value)}`}
              </Text>
            </InlineStack>
            <Text as="p" breakWord>
              {message}
            </Text>
          </BlockStack>
        </Box>
      ))}
    </ul>
  );
}

function shown(value: string | null): string {
  return value === null ? '–' : value === '' ? '(blank)' : value;
}
