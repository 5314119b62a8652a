import { useAppBridge } from '@shopify/app-bridge-react';
import { Banner, BlockStack, Box, Button, Card, InlineGrid, InlineStack, Text } from '@shopify/polaris';
import { useState } from 'react';
import { jsonLines, nearestOf } from '#app/domain/json-lines.ts';
import type { ExplainedPayload } from '#app/queries/explain-record.server.ts';
import type { RecordPage } from '#app/queries/record-page.server.ts';
import { BesidePayload } from './beside-payload.tsx';
import { PayloadView } from './payload-view.tsx';
import { ItemLines, SourceCells } from './source-cells.tsx';

/** What Apparel21 wrote beside what Klaviyo gets; a chosen value shows where it comes from in both. */
export function SourceAndPayload({ record }: { record: RecordPage }) {
  const { source, payload } = record;
  const [chosen, setChosen] = useState<string | null>(null);
  const why = chosen === null ? undefined : nearestOf(payload.whys, chosen);
  const used = new Set((why?.cells ?? []).map(({ column }) => column));
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Source and payload
        </Text>
        <Today payload={payload} />
        <InlineGrid columns={{ xs: 1, lg: 2 }} gap="600">
          <BlockStack gap="300">
            <Box minHeight="28px">
              <Text as="h3" variant="headingSm">
                {source.lines === null ? 'Row of the file' : 'Order in the file'}
              </Text>
            </Box>
            <SourceCells source={source} used={used} />
          </BlockStack>
          <BlockStack gap="300">
            <InlineStack align="space-between" blockAlign="center" gap="200">
              <Text as="h3" variant="headingSm">
                What Klaviyo gets
              </Text>
              {payload.wire === null ? null : <CopyJson payload={payload} />}
            </InlineStack>
            {payload.wire === null ? (
              <Text as="p" tone="subdued">
                Nothing of it goes to Klaviyo.
              </Text>
            ) : (
              <>
                <Text as="p" variant="bodySm" tone="subdued">
                  Choose a value to see where it comes from.
                </Text>
                <PayloadView
                  lines={jsonLines(payload.wire)}
                  payload={payload}
                  chosen={chosen}
                  onChoose={setChosen}
                />
              </>
            )}
            <BesidePayload beside={payload.beside} hasBody={payload.wire !== null} />
          </BlockStack>
        </InlineGrid>
        {source.lines === null ? null : <ItemLines lines={source.lines} used={used} />}
      </BlockStack>
    </Card>
  );
}

function Today({ payload }: { payload: ExplainedPayload }) {
  return (
    <>
      {payload.isExact ? null : (
        <Banner tone="info">
          <Text as="p">
            {Object.keys(payload.whys).length === 0
              ? 'The mappings that made this are not kept any more, so its values cannot be explained.'
              : 'The mappings that made this are not kept any more. The reasons below are those of the mappings that its file was read with.'}
          </Text>
        </Banner>
      )}
      {payload.today.length === 0 ? null : (
        <Banner tone="info" title="The mappings have changed since">
          <BlockStack gap="100">
            {payload.today.map((sentence) => (
              <Text key={sentence} as="p" breakWord>
                {sentence}
              </Text>
            ))}
            <Text as="p">Apply them to records that are here already from the mapping’s page.</Text>
          </BlockStack>
        </Banner>
      )}
    </>
  );
}

function CopyJson({ payload }: { payload: ExplainedPayload }) {
  const shopify = useAppBridge();
  const [hasFailed, setFailed] = useState(false);
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(JSON.stringify(payload.wire, null, 2));
      setFailed(false);
      shopify.toast.show('JSON copied');
    } catch {
      // The browser, or Shopify's frame around the page, does not allow it.
      setFailed(true);
    }
  }
  return (
    <BlockStack gap="100" inlineAlign="end">
      <Button size="slim" onClick={() => void copy()}>
        Copy JSON
      </Button>
      {hasFailed ? (
        <Text as="p" variant="bodySm" tone="critical">
          The browser does not allow copying. Select the text and copy it.
        </Text>
      ) : null}
    </BlockStack>
  );
}
