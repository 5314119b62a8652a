import { Badge, BlockStack, Box, Button, InlineStack, Text } from '@shopify/polaris';
import { alertAction } from '#app/domain/alert-action.ts';

export type AlertItem = {
  id: string;
  fault: string;
  remedy: string;
  cause: string;
  code: string;
  connection: { id: string; name: string } | null;
  since: string;
  until: string | null;
};

/** Alerts, one below the other: what is wrong, what to do, and for an open one the page where it is done. */
export function AlertList({ label, alerts }: { label: string; alerts: AlertItem[] }) {
  return (
    <ul aria-label={label} style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {alerts.map((alert) => (
        <Box
          key={alert.id}
          as="li"
          paddingInline="400"
          paddingBlock="300"
          borderBlockStartWidth="025"
          borderColor="border-secondary"
        >
          <AlertEntry alert={alert} />
        </Box>
      ))}
    </ul>
  );
}

function AlertEntry({ alert }: { alert: AlertItem }) {
  const isOpen = alert.until === null;
  const action = isOpen ? alertAction(alert) : null;
  return (
    <BlockStack gap="150">
      <InlineStack gap="200" blockAlign="center">
        <Badge tone={isOpen ? 'critical' : 'success'}>{isOpen ? 'Open' : 'Resolved'}</Badge>
        {alert.connection === null ? null : (
          <Text as="span" tone="subdued" breakWord>
            {alert.connection.name}
          </Text>
        )}
      </InlineStack>
      <Text as="p" fontWeight={isOpen ? 'medium' : undefined} breakWord>
        {alert.fault}
      </Text>
      {alert.remedy === '' || !isOpen ? null : (
        <Text as="p" breakWord>
          {alert.remedy}
        </Text>
      )}
      <Text as="p" variant="bodySm" tone="subdued">
        {isOpen ? `Since ${alert.since}` : `From ${alert.since} until ${alert.until}`}
      </Text>
      {action === null ? null : (
        <InlineStack>
          <Button url={action.url}>{action.content}</Button>
        </InlineStack>
      )}
    </BlockStack>
  );
}
