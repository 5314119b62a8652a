import { Badge, BlockStack, InlineGrid, InlineStack, Text } from '@shopify/polaris';
import type { RecordKind, RecordStatus } from '#app/domain/records.ts';
import { RECORD_KINDS, RECORD_STATUSES } from '#app/domain/records.ts';
import { figure, KIND_WORDS, RECORD_WORDS } from './words.ts';

type RecordFiguresProps = { records: Record<RecordKind, Record<RecordStatus | 'total', number>> };

/** How many records a connection holds, by kind and status. Statuses that nothing has are left out. */
export function RecordFigures({ records }: RecordFiguresProps) {
  return (
    <InlineGrid columns={{ xs: 1, sm: 3 }} gap="400">
      {RECORD_KINDS.map((kind) => (
        <BlockStack key={kind} gap="200">
          <Text as="h3" variant="bodyMd" tone="subdued">
            {KIND_WORDS[kind]}
          </Text>
          <Text as="p" variant="headingXl" numeric>
            {figure(records[kind].total)}
          </Text>
          <InlineStack gap="100">
            {RECORD_STATUSES.filter((status) => records[kind][status] > 0).map((status) => (
              <Badge key={status} tone={RECORD_WORDS[status].tone}>
                {`${figure(records[kind][status])} ${RECORD_WORDS[status].word}`}
              </Badge>
            ))}
            {records[kind].total === 0 ? <Badge>None yet</Badge> : null}
          </InlineStack>
        </BlockStack>
      ))}
    </InlineGrid>
  );
}
