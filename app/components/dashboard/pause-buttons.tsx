import { BlockStack, Button, InlineStack, Text } from '@shopify/polaris';
import { useState } from 'react';
import { ConfirmModal } from '../confirm-modal.tsx';
import { useAct } from '../use-act.ts';

type Pausable = { id: string; name: string };

/** Stops a connection that is under way, after saying what becomes of that. */
export function PauseButtons({ connections }: { connections: Pausable[] }) {
  const [asking, setAsking] = useState<Pausable | null>(null);
  const act = useAct({ onDone: () => setAsking(null) });
  return (
    <BlockStack gap="200">
      <InlineStack gap="200">
        {connections.map((connection) => (
          <Button
            key={connection.id}
            disabled={act.isBusy}
            onClick={() => setAsking(connection)}
            accessibilityLabel={connections.length === 1 ? `Pause connection ${connection.name}` : undefined}
          >
            {connections.length === 1 ? 'Pause connection' : `Pause ${connection.name}`}
          </Button>
        ))}
      </InlineStack>
      <div role="status">
        {act.problem === undefined ? null : (
          <Text as="p" tone="critical">
            {act.problem}
          </Text>
        )}
      </div>
      <ConfirmModal
        isOpen={asking !== null}
        title={asking === null ? 'Pause connection?' : `Pause ${asking.name}?`}
        confirm="Pause connection"
        isBusy={act.isBusy}
        onConfirm={() => (asking === null ? undefined : act.run({ intent: 'pause', id: asking.id }))}
        onCancel={() => setAsking(null)}
      >
        What is under way stops within seconds: requests that are on their way are finished, and a file that
        is being read goes on later where it was. Nothing more is read or sent until you resume the
        connection. Nothing is lost: new files stay in their folder, and records stay pending.
      </ConfirmModal>
    </BlockStack>
  );
}
