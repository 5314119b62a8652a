import { BlockStack, Button, ButtonGroup, Card, InlineStack, Text } from '@shopify/polaris';
import type { Act } from '../use-act.ts';

type RemovedMappingsProps = {
  removed: {
    id: string;
    revisionId: string;
    name: string;
    target: string;
    removedAt: string;
    removedBy: string;
  }[];
  act: Act;
};

/** Mappings that were removed, to be brought back. */
export function RemovedMappings({ removed, act }: RemovedMappingsProps) {
  if (removed.length === 0) {
    return null;
  }
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          Removed mappings
        </Text>
        <BlockStack gap="300" as="ul">
          {removed.map(({ id, revisionId, name, target, removedAt, removedBy }) => (
            <li key={id} style={{ listStyle: 'none' }}>
              <InlineStack align="space-between" blockAlign="center" gap="200">
                <BlockStack>
                  <Text as="span" fontWeight="semibold" breakWord>
                    {name}
                  </Text>
                  <Text as="span" variant="bodySm" tone="subdued" breakWord>
                    {`${target} · removed ${removedAt} by ${removedBy}`}
                  </Text>
                </BlockStack>
                <ButtonGroup>
                  <Button
                    size="slim"
                    accessibilityLabel={`Restore ${name}`}
                    disabled={act.isBusy}
                    onClick={() => act.run({ intent: 'restore', mappingId: id, revisionId })}
                  >
                    Restore
                  </Button>
                  <Button
                    size="slim"
                    variant="tertiary"
                    accessibilityLabel={`History of ${name}`}
                    url={`/app/mappings/${id}/history`}
                  >
                    History
                  </Button>
                </ButtonGroup>
              </InlineStack>
            </li>
          ))}
        </BlockStack>
      </BlockStack>
    </Card>
  );
}
