import { BlockStack, Card, Text } from '@shopify/polaris';
import type { Lane } from '#app/domain/records.ts';
import { figure, LANE_WORDS } from '../words.ts';

type FileFactsProps = {
  file: {
    lane: Lane;
    connection: string;
    landedAt: string;
    path: string | null;
    left: { how: 'deleted' | 'taken-away'; at: string; afterDays: number } | null;
    bytes: number;
    totalRows: number;
    format: { encoding: string; delimiter: string; columns: number } | null;
  };
};

const DELIMITERS: Record<string, string> = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'pipe' };
const ENCODINGS: Record<string, string> = {
  'utf-8': 'UTF-8',
  'utf-8-bom': 'UTF-8 with mark',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  'windows-1252': 'Windows-1252',
};

/** Where a file came from and lies, and how it was read. */
export function FileFacts({ file }: FileFactsProps) {
  const { format } = file;
  const facts = [
    { name: 'Connection', is: file.connection },
    { name: 'Lane', is: LANE_WORDS[file.lane] },
    { name: 'Landed', is: file.landedAt },
    { name: 'Lies at', is: file.path ?? goneWords(file.left) },
    { name: 'Size', is: size(file.bytes) },
    ...(format === null
      ? []
      : [
          {
            name: 'Read as',
            is: `${ENCODINGS[format.encoding] ?? format.encoding}, ${DELIMITERS[format.delimiter] ?? format.delimiter} between ${figure(format.columns)} columns`,
          },
        ]),
  ];
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          About this file
        </Text>
        <dl
          style={{
            margin: 0,
            display: 'grid',
            gap: 'var(--p-space-300)',
            gridTemplateColumns: 'repeat(auto-fit, minmax(14rem, 1fr))',
          }}
        >
          {facts.map(({ name, is }) => (
            <div key={name} style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
              <dt>
                <Text as="span" variant="bodySm" tone="subdued">
                  {name}
                </Text>
              </dt>
              <dd style={{ margin: 0 }}>{is}</dd>
            </div>
          ))}
        </dl>
      </BlockStack>
    </Card>
  );
}

function goneWords(left: FileFactsProps['file']['left']): string {
  if (left === null) {
    return 'no longer on the SFTP server';
  }
  return left.how === 'deleted'
    ? `deleted from the server on ${left.at}, after ${left.afterDays === 1 ? '1 day' : `${figure(left.afterDays)} days`}`
    : `somebody took it away from the server, noticed on ${left.at}`;
}

function size(bytes: number): string {
  return bytes < 1_000
    ? `${bytes} bytes`
    : bytes < 1_000_000
      ? `${Math.round(bytes / 1_000)} KB`
      : `${figure(Math.round(bytes / 100_000) / 10)} MB`;
}
