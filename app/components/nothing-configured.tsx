import { BlockStack, Card, EmptyState, Text } from '@shopify/polaris';

/** The dashboard of a shop that nobody has set up: what to do first. */
export function NothingConfigured() {
  return (
    <Card>
      <EmptyState heading="No shop configured yet" image="/empty-state.svg">
        <BlockStack gap="200">
          <Text as="p">
            Threadline brings the customers, orders and rewards of Apparel21 to Klaviyo. Describe the SFTP
            account and the Klaviyo accounts in a file, then run:
          </Text>
          <Text as="p">
            <code>npx threadline apply shop.yaml</code>
          </Text>
        </BlockStack>
      </EmptyState>
    </Card>
  );
}
