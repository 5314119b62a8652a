import { Badge, BlockStack, Box, Button, Card, InlineStack, Text } from '@shopify/polaris';
import { useState } from 'react';
import { actorWords } from '../activity/action-words.ts';
import { ConfirmModal } from '../confirm-modal.tsx';
import { ActButton } from '../settings/act-button.tsx';
import { useAct } from '../use-act.ts';
import type { ErasureLine } from '#app/queries/privacy-page.server.ts';
import type { Tone } from '../words.ts';

const STATES: Record<ErasureLine['state'], { word: string; tone: Tone }> = {
  working: { word: 'Being erased', tone: 'attention' },
  waiting: { word: 'Waits for Klaviyo', tone: 'attention' },
  'needs-you': { word: 'Needs you', tone: 'critical' },
  done: { word: 'Erased', tone: 'success' },
};

const PARTS: Record<ErasureLine['klaviyo'][number]['state'], string> = {
  wanted: 'is asked to delete the profile once what was sent has landed there',
  requested: 'was asked to delete the profile',
  'by-hand': 'the profile is still there',
  'deleted-by-hand': 'somebody deleted the profile by hand',
};

/** Who was erased, the latest first; what is open says what to do. */
export function Erasures({ erasures, hasOlder }: { erasures: ErasureLine[]; hasOlder: boolean }) {
  if (erasures.length === 0) {
    return (
      <Card>
        <BlockStack gap="300" inlineAlign="start">
          <Text as="p" tone="subdued">
            Nobody was erased yet. Open a customer and choose “Erase this person”, or erase the customer’s
            data in Shopify.
          </Text>
          <Button url="/app/records/customers">Open customers</Button>
        </BlockStack>
      </Card>
    );
  }
  return (
    <Card padding="0">
      <ul aria-label="Erased people" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {erasures.map((erasure, index) => (
          <Box
            key={erasure.id}
            as="li"
            padding="400"
            borderBlockStartWidth={index === 0 ? undefined : '025'}
            borderColor="border-secondary"
          >
            <Erasure erasure={erasure} />
          </Box>
        ))}
      </ul>
      {hasOlder ? (
        <Box padding="400" borderBlockStartWidth="025" borderColor="border-secondary">
          <Button variant="plain" url="/app/activity?action=erase+person">
            Older ones stand in the audit trail
          </Button>
        </Box>
      ) : null}
    </Card>
  );
}

function Erasure({ erasure }: { erasure: ErasureLine }) {
  const { word, tone } = STATES[erasure.state];
  return (
    <BlockStack gap="200">
      <InlineStack gap="200" blockAlign="center">
        <Text as="h3" variant="headingSm">
          {`A person (${erasure.label})`}
        </Text>
        <Badge tone={tone}>{word}</Badge>
      </InlineStack>
      <Text as="p" variant="bodySm" tone="subdued" breakWord>
        {`${erasure.requestedAt}, ${actorWords(erasure.actor)}`}
      </Text>
      {erasure.removed === null ? null : <Text as="p">{`Removed here: ${erasure.removed}.`}</Text>}
      {erasure.klaviyo.map((part) => (
        <Text key={part.connection} as="p" breakWord>
          {`${part.connection}: ${PARTS[part.state]}.${part.problem === null ? '' : ` ${part.problem}`}`}
        </Text>
      ))}
      {erasure.state === 'needs-you' ? <ByHand erasure={erasure} /> : null}
    </BlockStack>
  );
}

function ByHand({ erasure }: { erasure: ErasureLine }) {
  const act = useAct();
  const [isAsking, setAsking] = useState(false);
  const { id: erasureId, addresses } = erasure;
  return (
    <BlockStack gap="200">
      {addresses.length === 0 ? null : (
        <Text as="p" breakWord>
          {'Look in Klaviyo for '}
          <Text as="span" fontWeight="semibold">
            {addresses.join(', ')}
          </Text>
          {'. The address is forgotten here when this is settled.'}
        </Text>
      )}
      <ActButton problem={act.problem}>
        <InlineStack gap="200">
          <Button
            loading={act.busyWith === 'try-again'}
            disabled={act.isBusy}
            onClick={() => act.run({ intent: 'try-again', erasureId })}
          >
            Ask Klaviyo again
          </Button>
          <Button disabled={act.isBusy} onClick={() => setAsking(true)}>
            Deleted by hand
          </Button>
        </InlineStack>
      </ActButton>
      <ConfirmModal
        isOpen={isAsking}
        title="Was the profile deleted in Klaviyo?"
        confirm="Mark as deleted"
        isBusy={act.isBusy}
        onConfirm={() => {
          setAsking(false);
          act.run({ intent: 'deleted-by-hand', erasureId });
        }}
        onCancel={() => setAsking(false)}
      >
        Do this after you have deleted the profile in every Klaviyo account that is named here. Who it was is
        forgotten then.
      </ConfirmModal>
    </BlockStack>
  );
}
