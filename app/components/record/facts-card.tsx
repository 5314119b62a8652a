import { BlockStack, Card, Link, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';
import type { RecordPage } from '#app/queries/record-page.server.ts';
import { figure } from '../words.ts';

/** Who or what it is, where it came from and when. */
export function FactsCard({ record }: { record: RecordPage }) {
  const { file } = record;
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Identity and origin
        </Text>
        <dl style={{ margin: 0, display: 'grid', gap: 'var(--p-space-200)' }}>
          {record.identity.map(({ label, value }) => (
            <Fact key={label} label={label}>
              {value}
            </Fact>
          ))}
          <Fact label="Connection">{record.connection}</Fact>
          <Fact label="File">
            {file === null ? (
              'The file is no longer kept.'
            ) : (
              <>
                <Link url={`/app/files/${file.id}`}>{file.name}</Link>
                {`, line ${figure(file.line)}`}
              </>
            )}
          </Fact>
          {record.times.map(({ label, value }) => (
            <Fact key={label} label={label}>
              {value}
            </Fact>
          ))}
        </dl>
      </BlockStack>
    </Card>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>
        <Text as="span" variant="bodySm" tone="subdued">
          {label}
        </Text>
      </dt>
      <dd style={{ margin: 0, overflowWrap: 'anywhere' }}>{children}</dd>
    </div>
  );
}
