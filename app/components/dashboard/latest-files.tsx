import { Badge, BlockStack, Box, Card, InlineStack, Link, Text } from '@shopify/polaris';
import type { FileStatus, Lane } from '#app/domain/records.ts';
import { FILE_WORDS, LANE_WORDS } from '../words.ts';

type LatestFile = {
  id: string;
  name: string;
  status: FileStatus;
  lane: Lane;
  connection: string;
  seenAt: string;
  problem: string | null;
};

/** The newest files of all connections, each a link to what became of it. */
export function LatestFiles({ files }: { files: LatestFile[] }) {
  return (
    <Card padding="0">
      <Box padding="400" paddingBlockEnd="200">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            Latest files
          </Text>
          <Link url="/app/files" removeUnderline>
            All files
          </Link>
        </InlineStack>
      </Box>
      {files.length === 0 ? (
        <Box padding="400" paddingBlockStart="0">
          <Text as="p" tone="subdued">
            No file has arrived yet. Files that Apparel21 puts into a connection’s folder appear here.
          </Text>
        </Box>
      ) : null}
      <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {files.map((file) => (
          <Box
            key={file.id}
            as="li"
            paddingInline="400"
            paddingBlock="300"
            borderBlockStartWidth="025"
            borderColor="border-secondary"
          >
            <BlockStack gap="100">
              <InlineStack gap="200" align="space-between" blockAlign="center">
                <Text as="span" breakWord>
                  <Link url={`/app/files/${file.id}`} removeUnderline>
                    {file.name}
                  </Link>
                </Text>
                <InlineStack gap="100">
                  {file.lane === 'pending' ? null : <Badge>{LANE_WORDS[file.lane]}</Badge>}
                  <Badge tone={FILE_WORDS[file.status].tone}>{FILE_WORDS[file.status].word}</Badge>
                </InlineStack>
              </InlineStack>
              {file.problem === null ? null : (
                <Text
                  as="p"
                  tone={FILE_WORDS[file.status].tone === 'critical' ? 'critical' : 'subdued'}
                  breakWord
                >
                  {file.problem}
                </Text>
              )}
              <Text as="p" variant="bodySm" tone="subdued">
                {`${file.connection}, ${file.seenAt}`}
              </Text>
            </BlockStack>
          </Box>
        ))}
      </ul>
    </Card>
  );
}
