import { Badge, BlockStack, Box, Card, InlineStack, Text } from '@shopify/polaris';
import { RETENTION_DAYS } from '#app/domain/retention.ts';
import type { Attempt } from '#app/queries/record-attempts.ts';

/** Every request to Klaviyo that carried the record, the newest first. */
export function AttemptsCard({ attempts, hasMore }: { attempts: Attempt[]; hasMore: boolean }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Requests to Klaviyo
        </Text>
        {attempts.length === 0 ? (
          <Text as="p" tone="subdued">
            {`Nothing of it was sent in the last ${RETENTION_DAYS.settledBatch} days.`}
          </Text>
        ) : (
          <ol style={{ listStyle: 'none', margin: 0, padding: 0 }}>
            {attempts.map((attempt, index) => (
              <Box
                key={attempt.id}
                as="li"
                paddingBlock="300"
                borderBlockStartWidth={index === 0 ? undefined : '025'}
                borderColor="border-secondary"
              >
                <Entry attempt={attempt} />
              </Box>
            ))}
          </ol>
        )}
        {hasMore ? (
          <Text as="p" tone="subdued">
            Older requests are not shown.
          </Text>
        ) : null}
      </BlockStack>
    </Card>
  );
}

function Entry({ attempt }: { attempt: Attempt }) {
  return (
    <BlockStack gap="100">
      <InlineStack gap="200" align="space-between" blockAlign="center">
        <Text as="span" fontWeight="medium">
          {attempt.what}
        </Text>
        <Badge tone={attempt.tone ?? undefined}>{attempt.outcome}</Badge>
      </InlineStack>
      {attempt.answer === null ? null : (
        <Text as="p" breakWord tone={attempt.tone === 'critical' ? 'critical' : undefined}>
          {attempt.answer}
        </Text>
      )}
      <div style={{ overflowWrap: 'anywhere' }}>
        <Text as="p" variant="bodySm" tone="subdued">
          {[attempt.at, ...attempt.ids.map(({ label, value }) => `${label} ${value}`)].join(' · ')}
        </Text>
      </div>
    </BlockStack>
  );
}
