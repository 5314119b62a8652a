import { Badge, BlockStack, Box, Button, ButtonGroup, Card, InlineStack, Link, Text } from '@shopify/polaris';
import { useState } from 'react';
import { ConfirmModal } from '../confirm-modal.tsx';
import { useAct } from '../use-act.ts';
import type { Tone } from '../words.ts';
import { ConnectionTestResult, type ConnectionTest } from './connection-test-result.tsx';
import { useTest } from './use-test.ts';

export type ConnectionRow = {
  id: string;
  name: string;
  accountName: string | null;
  directory: string;
  keyLast4: string;
  state: 'connected' | 'refused' | 'paused' | 'sample';
  isTest: boolean;
  lastSync: string | null;
};

const STATES: Record<ConnectionRow['state'], { word: string; tone: Tone }> = {
  connected: { word: 'Connected', tone: 'success' },
  paused: { word: 'Paused', tone: 'attention' },
  refused: { word: 'Key refused', tone: 'critical' },
  sample: { word: 'Sample', tone: 'info' },
};

/** The shop's Klaviyo accounts, a row each, with what can be done about each. */
export function ConnectionRows({ connections }: { connections: ConnectionRow[] }) {
  const [removing, setRemoving] = useState<ConnectionRow | null>(null);
  const act = useAct({ onDone: () => setRemoving(null) });
  const test = useTest<ConnectionTest>();
  return (
    <Card padding="0">
      {connections.length === 0 ? (
        <Box padding="400">
          <Text as="p">
            No Klaviyo account is connected yet. You need a private key of the account and the folder into
            which Apparel21 writes its files.
          </Text>
        </Box>
      ) : null}
      {act.problem === undefined ? null : (
        <Box padding="400" paddingBlockEnd="0">
          <Text as="p" tone="critical">
            {act.problem}
          </Text>
        </Box>
      )}
      {connections.map((connection, place) => (
        <Box
          key={connection.id}
          padding="400"
          borderBlockStartWidth={place === 0 ? undefined : '025'}
          borderColor="border-secondary"
        >
          <BlockStack gap="300">
            <About connection={connection} />
            <Actions connection={connection} act={act} test={test} onRemove={() => setRemoving(connection)} />
          </BlockStack>
          <div aria-live="polite">
            {test.subject === connection.id && test.result !== null ? (
              <Box paddingBlockStart="300">
                <ConnectionTestResult test={test.result} />
              </Box>
            ) : null}
            {test.subject === connection.id && test.problem !== undefined ? (
              <Text as="p">{test.problem}</Text>
            ) : null}
          </div>
        </Box>
      ))}
      <Box padding="400" borderBlockStartWidth="025" borderColor="border-secondary">
        <Button variant="primary" url="/app/settings/connections/new">
          Add new connection
        </Button>
      </Box>
      <ConfirmModal
        isOpen={removing !== null}
        title={removing === null ? 'Remove connection?' : `Remove ${removing.name}?`}
        confirm="Remove connection"
        isDestructive
        isBusy={act.isBusy}
        onConfirm={() =>
          removing === null
            ? undefined
            : act.run(
                removing.state === 'sample'
                  ? { intent: 'remove-sample' }
                  : { intent: 'remove', id: removing.id },
              )
        }
        onCancel={() => setRemoving(null)}
      >
        {removing?.state === 'sample'
          ? 'The sample records and files go away. Nothing of them was ever sent to Klaviyo.'
          : `Files in ${removing?.directory ?? ''} are no longer read, and nothing more is sent to this account. What is in Klaviyo stays there. Records and history stay in Threadline; add the same account with the same folder again to go on with them.`}
      </ConfirmModal>
    </Card>
  );
}

function About({ connection }: { connection: ConnectionRow }) {
  const { word, tone } = STATES[connection.state];
  if (connection.state === 'sample') {
    return (
      <BlockStack gap="100">
        <Heading connection={connection} word={word} tone={tone} />
        <Text as="p" tone="subdued">
          Example records. Nothing of this is ever sent.
        </Text>
      </BlockStack>
    );
  }
  return (
    <BlockStack gap="100">
      <Heading connection={connection} word={word} tone={tone} />
      <Text as="p" tone="subdued" breakWord>
        {`${connection.accountName ?? 'Klaviyo account'}, key pk_…${connection.keyLast4}, folder ${connection.directory}`}
      </Text>
      <Text as="p" tone="subdued">
        {connection.lastSync === null ? 'No file has gone through yet' : `Last sync ${connection.lastSync}`}
      </Text>
    </BlockStack>
  );
}

function Heading({ connection, word, tone }: { connection: ConnectionRow; word: string; tone: Tone }) {
  return (
    <InlineStack gap="200" blockAlign="center">
      <Text as="h3" variant="headingSm" breakWord>
        {connection.state === 'sample' ? (
          connection.name
        ) : (
          <Link url={`/app/settings/connections/${connection.id}`}>{connection.name}</Link>
        )}
      </Text>
      <Badge tone={tone}>{word}</Badge>
      {connection.isTest ? <Badge tone="info">Test mode</Badge> : null}
    </InlineStack>
  );
}

type ActionsProps = {
  connection: ConnectionRow;
  act: ReturnType<typeof useAct>;
  test: ReturnType<typeof useTest<ConnectionTest>>;
  onRemove: () => void;
};

function Actions({ connection, act, test, onRemove }: ActionsProps) {
  const { id, name } = connection;
  const isPaused = connection.state === 'paused';
  const remove = (
    <Button tone="critical" variant="tertiary" accessibilityLabel={`Remove ${name}`} onClick={onRemove}>
      Remove
    </Button>
  );
  if (connection.state === 'sample') {
    return <InlineStack>{remove}</InlineStack>;
  }
  return (
    <ButtonGroup>
      <Button
        accessibilityLabel={`Test ${name}`}
        loading={test.isBusy && test.subject === id}
        disabled={test.isBusy && test.subject !== id}
        onClick={() => test.run(id, { intent: 'test', id })}
      >
        Test
      </Button>
      <Button accessibilityLabel={`Edit ${name}`} url={`/app/settings/connections/${id}`}>
        Edit
      </Button>
      <Button
        accessibilityLabel={`${isPaused ? 'Resume' : 'Pause'} ${name}`}
        disabled={act.isBusy}
        onClick={() => act.run({ intent: isPaused ? 'resume' : 'pause', id })}
      >
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
      {remove}
    </ButtonGroup>
  );
}
