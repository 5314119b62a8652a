import { BlockStack, Card, EmptyState, Text } from '@shopify/polaris';

/** A shop without tables: what a translation is, by the example that everybody has. */
export function NoTables({ onAdd }: { onAdd: () => void }) {
  return (
    <Card>
      <EmptyState
        heading="Send names instead of codes"
        image="/empty-state.svg"
        action={{ content: 'Add table', onAction: onAdd }}
      >
        <BlockStack gap="200">
          <Text as="p">
            A translation is a list of codes and what they stand for. Apparel21 sends the store code SYD01;
            with the line “SYD01 → Sydney Pitt St” in a table, Klaviyo gets “Sydney Pitt St”.
          </Text>
          <Text as="p">A mapping uses the table by its name, and codes that it lacks are gathered here.</Text>
        </BlockStack>
      </EmptyState>
    </Card>
  );
}
