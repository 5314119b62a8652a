import { Badge, BlockStack, Box, Card, InlineGrid, InlineStack, Link, Text } from '@shopify/polaris';
import type { ComponentProps } from 'react';
import { RECORD_KINDS } from '#app/domain/records.ts';
import type { Tone } from '../words.ts';
import { durationInWords } from '#app/domain/durations.ts';
import { RecordTotal } from './record-totals.tsx';

type ConnectionState = 'connected' | 'paused' | 'refused' | 'sample';

type Connection = {
  id: string;
  name: string;
  accountName: string | null;
  state: ConnectionState;
  isTest: boolean;
  figures: Record<(typeof RECORD_KINDS)[number], ComponentProps<typeof RecordTotal>['counts']>;
  freshness: { files: number; p50: number; p95: number } | null;
  lastSync: string | null;
  schedule: string | null;
};

const STATES: Record<ConnectionState, { word: string; tone: Tone }> = {
  connected: { word: 'Connected', tone: 'success' },
  paused: { word: 'Paused', tone: 'attention' },
  refused: { word: 'Key refused', tone: 'critical' },
  sample: { word: 'Sample', tone: 'info' },
};

/** Each Klaviyo account: its state, how fresh it is and what it holds. */
export function Connections({ connections }: { connections: Connection[] }) {
  return (
    <Card padding="0">
      <Box padding="400" paddingBlockEnd="200">
        <Text as="h2" variant="headingMd">
          Connections
        </Text>
      </Box>
      {connections.map((connection) => (
        <Box key={connection.id} padding="400" borderBlockStartWidth="025" borderColor="border-secondary">
          <BlockStack gap="300">
            <InlineStack gap="200" blockAlign="center">
              <Text as="h3" variant="headingSm" breakWord>
                {connection.state === 'sample' ? (
                  connection.name
                ) : (
                  <Link url={`/app/settings/connections/${connection.id}`}>{connection.name}</Link>
                )}
              </Text>
              <Badge tone={STATES[connection.state].tone}>{STATES[connection.state].word}</Badge>
              {connection.isTest ? <Badge tone="info">Test mode</Badge> : null}
            </InlineStack>
            <BlockStack gap="100">
              {connection.schedule === null ? null : (
                <Text as="p" breakWord>
                  {connection.schedule}
                </Text>
              )}
              <Text as="p" tone="subdued">
                {freshness(connection)}
              </Text>
            </BlockStack>
            <InlineGrid columns={{ xs: 1, sm: 3 }} gap="300">
              {RECORD_KINDS.map((kind) => (
                <RecordTotal
                  key={kind}
                  kind={kind}
                  counts={connection.figures[kind]}
                  connectionId={connection.id}
                  isSmall
                />
              ))}
            </InlineGrid>
            <Text as="p">
              <Link
                url={`/app/quality/${connection.id}`}
                accessibilityLabel={`Data quality of ${connection.name}`}
              >
                Data quality
              </Link>
            </Text>
          </BlockStack>
        </Box>
      ))}
    </Card>
  );
}

function freshness({ state, freshness: times, lastSync }: Connection): string {
  if (state === 'sample') {
    return 'Example records. Nothing of this is ever sent.';
  }
  if (lastSync === null || times === null) {
    return 'No file has gone through yet.';
  }
  const files = times.files === 1 ? 'its file' : `its latest ${times.files} files`;
  return `Last sync ${lastSync}. From landing to Klaviyo’s confirmation, ${files} took ${durationInWords(times.p50)} (median), ${durationInWords(times.p95)} (95th percentile).`;
}
