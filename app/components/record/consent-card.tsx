import { Badge, BlockStack, Button, Card, Collapsible, InlineStack, Text } from '@shopify/polaris';
import { useId, useState } from 'react';
import type { RecordPage } from '#app/queries/record-page.server.ts';
import type { ChannelConsent, DecisionLine } from '#app/queries/record-consent.ts';

/** What Apparel21 wants for each channel, what was done about it and why, and every decision so far. */
export function ConsentCard({ consent }: { consent: NonNullable<RecordPage['consent']> }) {
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Consent
        </Text>
        {consent.channels.map((channel) => (
          <Channel key={channel.channel} channel={channel} />
        ))}
        {consent.source === null ? null : (
          <Text as="p" variant="bodySm" tone="subdued" breakWord>
            {`Source told to Klaviyo: ${consent.source}`}
          </Text>
        )}
        <History decisions={consent.history} />
      </BlockStack>
    </Card>
  );
}

function Channel({ channel }: { channel: ChannelConsent }) {
  return (
    <BlockStack gap="100">
      <InlineStack gap="200" blockAlign="center">
        <Text as="h3" variant="headingSm">
          {channel.channel}
        </Text>
        {channel.isLeftInKlaviyo ? <Badge tone="attention">Left in Klaviyo</Badge> : null}
      </InlineStack>
      <Text as="p">{`${channel.wish} ${channel.done}`}</Text>
      {channel.left === null ? null : (
        <Text as="p" breakWord>
          {channel.left}
        </Text>
      )}
      {channel.why === null ? null : (
        <Text as="p" variant="bodySm" tone="subdued" breakWord>
          {channel.why}
        </Text>
      )}
      {channel.since === null ? null : (
        <Text as="p" variant="bodySm" tone="subdued">
          {channel.since}
        </Text>
      )}
    </BlockStack>
  );
}

function History({ decisions }: { decisions: DecisionLine[] }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  if (decisions.length === 0) {
    return (
      <Text as="p" tone="subdued">
        Nothing was decided about consent yet.
      </Text>
    );
  }
  return (
    <BlockStack gap="200" inlineAlign="start">
      <Button
        variant="plain"
        disclosure={isOpen ? 'up' : 'down'}
        ariaExpanded={isOpen}
        ariaControls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {decisions.length === 1 ? 'One decision' : `${decisions.length} decisions`}
      </Button>
      <Collapsible id={id} open={isOpen}>
        <ol style={{ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 'var(--p-space-300)' }}>
          {decisions.map((decision) => (
            <li key={decision.id}>
              <BlockStack gap="050">
                <Text as="span" variant="bodySm" tone="subdued">
                  {decision.at}
                </Text>
                <Text as="span">{decision.what}</Text>
                <Text as="span" variant="bodySm" tone="subdued">
                  {decision.why}
                </Text>
              </BlockStack>
            </li>
          ))}
        </ol>
      </Collapsible>
    </BlockStack>
  );
}
