import { Badge, BlockStack, Card, InlineStack, Link, Text } from '@shopify/polaris';
import type { RecordPage } from '#app/queries/record-page.server.ts';
import type { RelatedRecord } from '#app/queries/record-relatives.server.ts';
import { statusBadge } from './status-badge.ts';

/** The customer of an order or reward, and the orders that an order's returns hang together with; the latest orders and rewards of a customer. */
export function RelativesCard({ record }: { record: RecordPage }) {
  const { customer, orders, rewards } = record;
  if (customer !== null) {
    return (
      <Card>
        <BlockStack gap="200">
          <Text as="h2" variant="headingMd">
            Customer
          </Text>
          {customer.id === null ? (
            <Text as="p" breakWord>
              {`${customer.words}: Apparel21 has not sent this person yet.`}
            </Text>
          ) : (
            <InlineStack gap="200" blockAlign="center">
              <Link url={`/app/records/customers/${customer.id}`}>{customer.words}</Link>
              {customer.status === null ? null : <Standing status={customer.status} />}
            </InlineStack>
          )}
          <Linked title="Return of" records={record.original === null ? [] : [record.original]} />
          <Linked title="Returned with" records={record.returns} />
        </BlockStack>
      </Card>
    );
  }
  return (
    <Card>
      <BlockStack gap="400">
        <Related title="Latest orders" kind="orders" records={orders} none="No order of this person yet." />
        <Related
          title="Latest rewards"
          kind="rewards"
          records={rewards}
          none="No reward of this person yet."
        />
      </BlockStack>
    </Card>
  );
}

type RelatedProps = { title: string; kind: 'orders' | 'rewards'; records: RelatedRecord[]; none: string };

function Related({ title, kind, records, none }: RelatedProps) {
  return (
    <BlockStack gap="200">
      <Text as="h2" variant="headingMd">
        {title}
      </Text>
      {records.length === 0 ? (
        <Text as="p" tone="subdued">
          {none}
        </Text>
      ) : (
        <RecordLinks kind={kind} records={records} />
      )}
    </BlockStack>
  );
}

/** Other orders; nothing when there are none. */
function Linked({ title, records }: { title: string; records: RelatedRecord[] }) {
  return records.length === 0 ? null : (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {title}
      </Text>
      <RecordLinks kind="orders" records={records} />
    </BlockStack>
  );
}

function RecordLinks({ kind, records }: Pick<RelatedProps, 'kind' | 'records'>) {
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 'var(--p-space-200)' }}>
      {records.map((record) => (
        <li key={record.id}>
          <InlineStack gap="200" align="space-between" blockAlign="center">
            <span style={{ overflowWrap: 'anywhere' }}>
              <Link url={`/app/records/${kind}/${record.id}`}>{record.words}</Link>{' '}
              <Text as="span" variant="bodySm" tone="subdued">
                {record.at}
              </Text>
            </span>
            <Standing status={record.status} />
          </InlineStack>
        </li>
      ))}
    </ul>
  );
}

function Standing({ status }: { status: RelatedRecord['status'] }) {
  const { word, tone } = statusBadge(status);
  return (
    <Badge size="small" tone={tone}>
      {word}
    </Badge>
  );
}
