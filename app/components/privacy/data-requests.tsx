import { Badge, BlockStack, Box, Button, Card, InlineStack, Text } from '@shopify/polaris';
import { useState } from 'react';
import type { DataRequest as OpenRequest } from '#app/queries/privacy-page.server.ts';
import { ConfirmModal } from '../confirm-modal.tsx';
import { ActButton } from '../settings/act-button.tsx';
import { useAct } from '../use-act.ts';

/** Open requests for a person's data, the oldest first. */
export function DataRequests({ requests }: { requests: OpenRequest[] }) {
  if (requests.length === 0) {
    return (
      <Card>
        <Text as="p" tone="subdued">
          No request is open.
        </Text>
      </Card>
    );
  }
  return (
    <Card padding="0">
      {requests.map((request, index) => (
        <Box
          key={request.id}
          padding="400"
          borderBlockStartWidth={index === 0 ? undefined : '025'}
          borderColor="border-secondary"
        >
          <DataRequest request={request} />
        </Box>
      ))}
    </Card>
  );
}

function DataRequest({ request }: { request: OpenRequest }) {
  const act = useAct();
  const [isAsking, setAsking] = useState(false);
  const { id: requestId, customerId } = request;
  const who = customerId === null ? 'A customer' : `Customer ${customerId} in Shopify`;
  return (
    <BlockStack gap="300">
      <BlockStack gap="100">
        <InlineStack gap="200" blockAlign="center">
          <Text as="h3" variant="headingSm" breakWord>
            {who}
          </Text>
          <Badge tone={request.isOverdue ? 'critical' : 'attention'}>
            {request.isOverdue ? `Was due ${request.answerUntil}` : `Answer by ${request.answerUntil}`}
          </Badge>
        </InlineStack>
        <Text as="p" tone="subdued">
          {`Asked for their data on ${request.receivedAt}.`}
        </Text>
      </BlockStack>
      <ActButton problem={act.problem}>
        <InlineStack gap="200">
          <Button
            loading={act.busyWith === 'download'}
            disabled={act.isBusy}
            onClick={() => act.run({ intent: 'download', requestId })}
          >
            Download data
          </Button>
          <Button disabled={act.isBusy} onClick={() => setAsking(true)}>
            Mark as done
          </Button>
        </InlineStack>
      </ActButton>
      <ConfirmModal
        isOpen={isAsking}
        title="Was the data sent to the customer?"
        confirm="Mark as done"
        isBusy={act.isBusy}
        onConfirm={() => {
          setAsking(false);
          act.run({ intent: 'finish', requestId });
        }}
        onCancel={() => setAsking(false)}
      >
        The request leaves this page, and who asked is forgotten here. Do this after you have sent the file.
      </ConfirmModal>
    </BlockStack>
  );
}
