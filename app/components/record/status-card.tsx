import { Badge, BlockStack, Button, Card, InlineStack, Text } from '@shopify/polaris';
import type { RecordPage } from '#app/queries/record-page.server.ts';
import type { Act } from '../use-act.ts';
import { statusBadge } from './status-badge.ts';

/** Where the record stands, why, and the one thing to do about it. Told to screen readers when it changes. */
export function StatusCard({ record, act }: { record: RecordPage; act: Act }) {
  const { word, tone } = statusBadge(record.status);
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Status
        </Text>
        <div role="status">
          <BlockStack gap="200">
            <InlineStack gap="200">
              <Badge tone={tone}>{word}</Badge>
              {record.isChangedAfterSend ? <Badge tone="attention">Changed after send</Badge> : null}
            </InlineStack>
            <Text as="p" breakWord tone={record.status === 'failed' ? 'critical' : undefined}>
              {record.standing}
            </Text>
            {record.remark === null ? null : (
              <Text as="p" breakWord tone="caution">
                {record.remark}
              </Text>
            )}
          </BlockStack>
        </div>
        {record.remarks.map((remark) => (
          <Text key={remark} as="p" breakWord>
            {remark}
          </Text>
        ))}
        <OneAction record={record} act={act} />
        {record.isLive ? (
          <Text as="p" variant="bodySm" tone="subdued">
            This page follows along.
          </Text>
        ) : null}
      </BlockStack>
    </Card>
  );
}

function OneAction({ record, act }: { record: RecordPage; act: Act }) {
  if (record.deeds.canRetry) {
    return (
      <InlineStack>
        <Button
          variant="primary"
          loading={act.busyWith === 'retry'}
          disabled={act.isBusy}
          onClick={() => act.run({ intent: 'retry' })}
          accessibilityLabel="Retry this record"
        >
          Retry
        </Button>
      </InlineStack>
    );
  }
  return record.fix === null ? null : (
    <InlineStack>
      <Button url={record.fix.url}>{record.fix.label}</Button>
    </InlineStack>
  );
}
