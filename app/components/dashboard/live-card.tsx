import { Badge, BlockStack, Card, InlineStack, Link, ProgressBar, Text } from '@shopify/polaris';
import { useId } from 'react';
import type { RecordKind } from '#app/domain/records.ts';
import { LiveText } from '../live-text.tsx';
import { usePace } from '../use-pace.ts';
import { figure, KIND_WORDS } from '../words.ts';
import { PauseButtons } from './pause-buttons.tsx';

type LiveCardProps = {
  running: { id: string; name: string; connection: string; read: number; total: number }[];
  travelling: { kind: RecordKind; count: number }[];
  /** Connections that are at work: each can be paused. */
  underWay: { id: string; name: string }[];
  /** When these figures were read, ms. */
  at: number;
};

/** What is under way now: files being read, records being sent, and how long it will still take. */
export function LiveCard({ running, travelling, underWay, at }: LiveCardProps) {
  const sending = travelling.reduce((sum, { count }) => sum + count, 0);
  const pace = usePace('sending', sending, at);
  const words = [
    ...running.map(({ name, read, total }) => `Reading ${name}, row ${figure(read)} of ${figure(total)}.`),
    sending > 0 ? `Sending ${travelling.map(inWords).join(', ')} to Klaviyo.` : '',
  ].join(' ');
  return (
    <Card>
      <BlockStack gap="400">
        <InlineStack gap="200" blockAlign="center">
          <Text as="h2" variant="headingMd">
            Under way
          </Text>
          <Badge tone="attention">Syncing</Badge>
        </InlineStack>
        {running.map((file) => (
          <ReadingFile key={file.id} file={file} at={at} />
        ))}
        {sending > 0 ? (
          <Text as="p">
            {`Sending to Klaviyo: ${travelling.map(inWords).join(', ')}`}
            {pace === null ? '' : `, ${pace}`}
          </Text>
        ) : null}
        <PauseButtons connections={underWay} />
        <LiveText text={words} />
      </BlockStack>
    </Card>
  );
}

function inWords({ kind, count }: { kind: RecordKind; count: number }): string {
  return `${figure(count)} ${KIND_WORDS[kind].toLowerCase()}`;
}

function ReadingFile({ file, at }: { file: LiveCardProps['running'][number]; at: number }) {
  const wordsId = useId();
  const pace = usePace(file.id, file.total - file.read, at);
  const isKnown = file.total > 0;
  return (
    <BlockStack gap="100">
      <Text as="p" id={wordsId} breakWord>
        <Link url={`/app/files/${file.id}`}>{file.name}</Link>
        {isKnown
          ? `: reading row ${figure(file.read)} of ${figure(file.total)}`
          : ': looking through the file'}
        {pace === null ? '' : `, ${pace}`}
      </Text>
      <ProgressBar
        progress={isKnown ? Math.min(100, (100 * file.read) / file.total) : 0}
        size="small"
        ariaLabelledBy={wordsId}
      />
    </BlockStack>
  );
}
