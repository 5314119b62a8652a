import { Badge, BlockStack, Box, Card, InlineStack, Text } from '@shopify/polaris';
import type { ComponentProps } from 'react';
import type { FileItem } from './file-list.tsx';
import { FileList } from './file-list.tsx';
import { RecordFigures } from './record-figures.tsx';
import type { Tone } from './words.ts';

type ConnectionState = 'connected' | 'paused' | 'refused';

type ConnectionCardProps = {
  connection: {
    name: string;
    directory: string;
    accountName: string | null;
    keyLast4: string;
    state: ConnectionState;
    isTest: boolean;
    records: ComponentProps<typeof RecordFigures>['records'];
    files: FileItem[];
  };
};

const STATES: Record<ConnectionState, { word: string; tone: Tone }> = {
  connected: { word: 'Connected', tone: 'success' },
  paused: { word: 'Paused', tone: 'attention' },
  refused: { word: 'Key refused', tone: 'critical' },
};

/** One Klaviyo account: its state, what it holds and its latest files. */
export function ConnectionCard({ connection }: ConnectionCardProps) {
  const { word, tone } = STATES[connection.state];
  const account = connection.accountName ?? 'Klaviyo account';
  return (
    <Card padding="0">
      <Box padding="400">
        <BlockStack gap="400">
          <BlockStack gap="100">
            <InlineStack gap="200" blockAlign="center">
              <Text as="h2" variant="headingMd" breakWord>
                {connection.name}
              </Text>
              <Badge tone={tone}>{word}</Badge>
              {connection.isTest ? <Badge tone="info">Test mode</Badge> : null}
            </InlineStack>
            <Text as="p" tone="subdued" breakWord>
              {`${account}, key ending in ${connection.keyLast4}, folder ${connection.directory}`}
            </Text>
          </BlockStack>
          <RecordFigures records={connection.records} />
        </BlockStack>
      </Box>
      <Box padding="400" paddingBlockStart="0">
        <Box paddingBlockEnd="200">
          <Text as="h3" variant="headingSm">
            Latest files
          </Text>
        </Box>
        <FileList files={connection.files} />
      </Box>
    </Card>
  );
}
