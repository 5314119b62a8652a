import { Badge, BlockStack, Box, InlineStack, ProgressBar, Text } from '@shopify/polaris';
import { useId } from 'react';
import type { FileStatus, Lane } from '#app/domain/records.ts';
import { figure, FILE_WORDS, LANE_WORDS } from './words.ts';

type Rows = {
  read: number;
  created: number;
  changed: number;
  unchanged: number;
  folded: number;
  rejected: number;
};

export type FileItem = {
  id: string;
  name: string;
  lane: Lane;
  status: FileStatus;
  seenAt: string;
  rows: Rows | null;
  totalRows: number;
  isBalanced: boolean;
  problem: string | null;
};

/** The latest files of a connection, each with what became of its rows. */
export function FileList({ files }: { files: FileItem[] }) {
  if (files.length === 0) {
    return (
      <Text as="p" tone="subdued">
        No file has arrived yet. Files that Apparel21 puts into the folder appear here.
      </Text>
    );
  }
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {files.map((file) => (
        <Box
          key={file.id}
          as="li"
          paddingBlock="300"
          borderBlockStartWidth="025"
          borderColor="border-secondary"
        >
          <FileEntry file={file} />
        </Box>
      ))}
    </ul>
  );
}

function FileEntry({ file }: { file: FileItem }) {
  const { word, tone } = FILE_WORDS[file.status];
  const isReading = file.status === 'importing' && file.rows !== null && file.totalRows > 0;
  return (
    <BlockStack gap="150">
      <InlineStack gap="200" align="space-between" blockAlign="center">
        <Text as="span" fontWeight="medium" breakWord>
          {file.name}
        </Text>
        <InlineStack gap="100">
          {file.lane === 'pending' ? null : <Badge>{LANE_WORDS[file.lane]}</Badge>}
          <Badge tone={tone}>{word}</Badge>
        </InlineStack>
      </InlineStack>
      {isReading && file.rows !== null ? <Reading read={file.rows.read} total={file.totalRows} /> : null}
      {file.rows === null ? null : <Balance rows={file.rows} isBalanced={file.isBalanced || isReading} />}
      {file.problem === null ? null : (
        <Text as="p" tone={tone === 'critical' ? 'critical' : 'caution'} breakWord>
          {file.problem}
        </Text>
      )}
      <Text as="p" variant="bodySm" tone="subdued">
        {file.seenAt}
      </Text>
    </BlockStack>
  );
}

function Reading({ read, total }: { read: number; total: number }) {
  const wordsId = useId();
  return (
    <BlockStack gap="100">
      <Text as="p" variant="bodySm" id={wordsId}>
        {`Reading row ${figure(read)} of ${figure(total)}`}
      </Text>
      <ProgressBar progress={Math.min(100, (100 * read) / total)} size="small" ariaLabelledBy={wordsId} />
    </BlockStack>
  );
}

/** The balance sheet as a sentence: what was read equals what became of it. */
function Balance({ rows, isBalanced }: { rows: Rows; isBalanced: boolean }) {
  const terms = [
    `${figure(rows.created)} created`,
    `${figure(rows.changed)} changed`,
    `${figure(rows.unchanged)} unchanged`,
    `${figure(rows.folded)} folded`,
    `${figure(rows.rejected)} rejected`,
  ];
  return (
    <Text as="p" variant="bodySm" tone={isBalanced ? 'subdued' : 'critical'}>
      {`${figure(rows.read)} rows read = ${terms.join(' + ')}`}
      {isBalanced ? '' : '. This does not add up: please tell support.'}
    </Text>
  );
}
