import { BlockStack, Button, Card, ProgressBar, Text } from '@shopify/polaris';
import { useId, useState } from 'react';
import { recordCount } from '#app/domain/record-change.ts';
import { RECORD_KINDS, type RecordKind } from '#app/domain/records.ts';
import { ConfirmModal } from '../confirm-modal.tsx';
import { useAct } from '../use-act.ts';
import { figure } from '../words.ts';
import { ActButton } from './act-button.tsx';

export type Pending = { total: number; kinds: Record<RecordKind, number>; paused: string[] };
export type Sending = { done: number; total: number };

/** While data sync is off: what waits, and sending it once. */
export function AutomationPending({ pending, sending }: { pending: Pending; sending: Sending | null }) {
  const act = useAct();
  const [isAsking, setAsking] = useState(false);
  const { total, paused } = pending;
  const kinds = RECORD_KINDS.filter((kind) => pending.kinds[kind] > 0)
    .map((kind) => recordCount(kind, pending.kinds[kind]))
    .join(', ');
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h3" variant="headingSm">
          Waiting to be sent
        </Text>
        <Text as="p">
          {total === 0 ? 'Nothing is pending. The next file’s records wait here.' : `${kinds} pending.`}
        </Text>
        {paused.length === 0 ? null : (
          <Text as="p" tone="subdued" breakWord>
            {`Not counted, and not sent: what belongs to ${paused.join(', ')}, which ${paused.length === 1 ? 'is' : 'are'} paused.`}
          </Text>
        )}
        {sending === null ? null : <Progress sending={sending} />}
        <ActButton problem={act.problem}>
          {sending !== null || total === 0 ? null : (
            <Button loading={act.isBusy} onClick={() => setAsking(true)}>
              {`Send ${figure(total)} pending now`}
            </Button>
          )}
        </ActButton>
      </BlockStack>
      <ConfirmModal
        isOpen={isAsking}
        title={`Send ${figure(total)} pending now?`}
        confirm="Send now"
        isBusy={act.isBusy}
        onConfirm={() => {
          setAsking(false);
          act.run({ intent: 'send-pending' });
        }}
        onCancel={() => setAsking(false)}
      >
        {`${kinds} go to Klaviyo. Flows in Klaviyo may start from them, and what was sent cannot be called back. Data sync stays off for what comes later.`}
      </ConfirmModal>
    </Card>
  );
}

function Progress({ sending: { done, total } }: { sending: Sending }) {
  const id = useId();
  return (
    <BlockStack gap="150">
      <Text as="p" id={id}>
        {`Handed over for sending: ${figure(done)} of ${figure(Math.max(total, done))}. You can leave this page.`}
      </Text>
      <ProgressBar
        progress={total === 0 ? 0 : Math.min(100, (100 * done) / total)}
        size="small"
        ariaLabelledBy={id}
      />
    </BlockStack>
  );
}
