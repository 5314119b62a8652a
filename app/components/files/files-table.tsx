import { Badge, BlockStack, Box, IndexTable, InlineStack, Link, Text } from '@shopify/polaris';
import type { FileStatus, Lane, RecordKind } from '#app/domain/records.ts';
import { figure, FILE_WORDS, KIND_WORDS, LANE_WORDS } from '../words.ts';
import { ByWidth } from './by-width.tsx';

export type FileRow = {
  id: string;
  name: string;
  kind: RecordKind | null;
  lane: Lane;
  connection: string;
  status: FileStatus;
  rows: { read: number; rejected: number } | null;
  landedAt: string;
  problem: string | null;
};

type FilesTableProps = {
  files: FileRow[];
  /** The connection of each file is worth a column. */
  hasConnections: boolean;
};

/** Files, newest first: a table, on a telephone a list. */
export function FilesTable(props: FilesTableProps) {
  return <ByWidth wide={<Wide {...props} />} narrow={<Narrow files={props.files} />} />;
}

function Wide({ files, hasConnections }: FilesTableProps) {
  return (
    <IndexTable
      selectable={false}
      resourceName={{ singular: 'file', plural: 'files' }}
      itemCount={files.length}
      headings={[
        { title: 'File' },
        { title: 'Status' },
        { title: 'Kind' },
        { title: 'Lane' },
        ...(hasConnections ? [{ title: 'Connection' }] : []),
        { title: 'Rows read', alignment: 'end' as const },
        { title: 'Rejected', alignment: 'end' as const },
        { title: 'Landed' },
      ]}
    >
      {files.map((file, position) => (
        <IndexTable.Row key={file.id} id={file.id} position={position}>
          <IndexTable.Cell>
            <Named file={file} />
          </IndexTable.Cell>
          <IndexTable.Cell>
            <StatusBadge status={file.status} />
          </IndexTable.Cell>
          <IndexTable.Cell>{file.kind === null ? '–' : KIND_WORDS[file.kind]}</IndexTable.Cell>
          <IndexTable.Cell>{LANE_WORDS[file.lane]}</IndexTable.Cell>
          {hasConnections ? <IndexTable.Cell>{file.connection}</IndexTable.Cell> : null}
          <IndexTable.Cell>
            <Text as="span" alignment="end" numeric>
              {file.rows === null ? '–' : figure(file.rows.read)}
            </Text>
          </IndexTable.Cell>
          <IndexTable.Cell>
            <Text
              as="span"
              alignment="end"
              numeric
              tone={file.rows !== null && file.rows.rejected > 0 ? 'critical' : undefined}
            >
              {file.rows === null ? '–' : figure(file.rows.rejected)}
            </Text>
          </IndexTable.Cell>
          <IndexTable.Cell>{file.landedAt}</IndexTable.Cell>
        </IndexTable.Row>
      ))}
    </IndexTable>
  );
}

function Narrow({ files }: { files: FileRow[] }) {
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {files.map((file) => (
        <Box key={file.id} as="li" padding="400" borderBlockStartWidth="025" borderColor="border-secondary">
          <BlockStack gap="150">
            <InlineStack gap="200" align="space-between" blockAlign="start" wrap={false}>
              <Named file={file} />
              <StatusBadge status={file.status} />
            </InlineStack>
            <Text as="p" variant="bodySm" tone="subdued">
              {[
                file.connection,
                file.kind === null ? null : KIND_WORDS[file.kind],
                LANE_WORDS[file.lane],
                file.rows === null
                  ? null
                  : `${figure(file.rows.read)} rows, ${figure(file.rows.rejected)} rejected`,
                file.landedAt,
              ]
                .filter((part) => part !== null && part !== '')
                .join(' · ')}
            </Text>
          </BlockStack>
        </Box>
      ))}
    </ul>
  );
}

function StatusBadge({ status }: { status: FileStatus }) {
  const { word, tone } = FILE_WORDS[status];
  return <Badge tone={tone}>{word}</Badge>;
}

/** The name, and what is wrong under it: it wraps, the table does not grow. */
function Named({ file }: { file: FileRow }) {
  const { tone } = FILE_WORDS[file.status];
  return (
    <div style={{ whiteSpace: 'normal', minWidth: '14rem', maxWidth: '34rem' }}>
      <BlockStack gap="100">
        <Text as="span" fontWeight="medium" breakWord>
          <Link url={`/app/files/${file.id}`} monochrome removeUnderline dataPrimaryLink>
            {file.name}
          </Link>
        </Text>
        {file.problem === null ? null : (
          <Text as="span" variant="bodySm" breakWord tone={tone === 'critical' ? 'critical' : 'subdued'}>
            {file.problem}
          </Text>
        )}
      </BlockStack>
    </div>
  );
}
