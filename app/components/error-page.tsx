import { isRouteErrorResponse, useLocation, useNavigate, useNavigation } from '@remix-run/react';
import { Banner, BlockStack, Button, InlineStack, Page, Text } from '@shopify/polaris';
import { explainError } from './explain-error.ts';

/** An error inside Shopify admin: what it means, and a way on. */
export function ErrorPage({ error }: { error: unknown }) {
  const { title, explanation } = explainError(error);
  const navigate = useNavigate();
  const navigation = useNavigation();
  const { pathname, search } = useLocation();
  return (
    <Page title={title} backAction={{ content: 'Dashboard', url: '/app' }}>
      <Banner tone="warning">
        <BlockStack gap="300">
          <Text as="p">{explanation}</Text>
          <InlineStack>
            {isRouteErrorResponse(error) && error.status === 404 ? (
              <Button url="/app">Go to the dashboard</Button>
            ) : (
              // Loading the address anew through Remix keeps the login; a reload of the frame would lose it.
              <Button
                onClick={() => navigate(pathname + search, { replace: true })}
                loading={navigation.state !== 'idle'}
              >
                Try again
              </Button>
            )}
          </InlineStack>
        </BlockStack>
      </Banner>
    </Page>
  );
}
