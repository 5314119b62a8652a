import { Badge, BlockStack, Box, Card, InlineStack, Link, Text } from '@shopify/polaris';
import { figure } from '#app/components/words.ts';
import { tableAddress } from './table-address.ts';
import { UsedBy } from './used-by.tsx';

type TableListProps = {
  tables: {
    name: string;
    entries: number;
    missing: number;
    rule: string;
    usedBy: { id: string; name: string }[];
  }[];
  /** From here on the number of missing values is not counted any further. */
  mostCounted: number;
};

/** The tables of a shop, one below the other: what each holds, what it lacks and who uses it. */
export function TableList({ tables, mostCounted }: TableListProps) {
  return (
    <Card padding="0">
      <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {tables.map((table, index) => (
          <Box
            key={table.name}
            as="li"
            padding="400"
            borderBlockStartWidth={index === 0 ? undefined : '025'}
            borderColor="border-secondary"
          >
            <BlockStack gap="100">
              <InlineStack gap="200" blockAlign="center" align="space-between">
                <Text as="h2" variant="headingMd" breakWord>
                  <Link url={tableAddress(table.name)} removeUnderline>
                    {table.name}
                  </Link>
                </Text>
                {table.missing === 0 ? null : (
                  <Link url={`${tableAddress(table.name)}?view=missing`} removeUnderline>
                    <Badge tone="attention">{`${missingFigure(table.missing, mostCounted)} missing`}</Badge>
                  </Link>
                )}
              </InlineStack>
              <Text as="p" breakWord>
                {`${table.entries === 1 ? '1 entry' : `${figure(table.entries)} entries`}. A value without a translation ${table.rule}.`}
              </Text>
              <Text as="p" tone="subdued" breakWord>
                <UsedBy uses={table.usedBy} />
              </Text>
            </BlockStack>
          </Box>
        ))}
      </ul>
    </Card>
  );
}

/** `14`, or `1,000+` where the counting stopped. */
export function missingFigure(count: number, mostCounted: number): string {
  return count >= mostCounted ? `${figure(mostCounted)}+` : figure(count);
}
