import { Box, Card, Collapsible, Button, BlockStack, Text } from '@shopify/polaris';
import { useId, useState, useSyncExternalStore, type ReactNode } from 'react';

type PageHelpProps = {
  /** What this page is for, in one or two sentences. */
  children: ReactNode;
  /** The words that the page uses, as a merchant would explain them. */
  words: { word: string; means: string }[];
};

/** The foot of every page: what it is for and what its words mean. Closed until somebody asks. */
export function PageHelp({ children, words }: PageHelpProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  // In the browser only: a table above it finds its height there, and the foot of a page would jump with it.
  const isInBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  if (!isInBrowser) {
    return null;
  }
  return (
    <Card>
      <BlockStack gap="300" inlineAlign="start">
        <Button
          variant="plain"
          disclosure={isOpen ? 'up' : 'down'}
          ariaExpanded={isOpen}
          ariaControls={id}
          onClick={() => setOpen(!isOpen)}
        >
          What this page shows
        </Button>
        <Collapsible id={id} open={isOpen}>
          <BlockStack gap="300">
            <Text as="p">{children}</Text>
            <dl style={{ margin: 0 }}>
              {words.map(({ word, means }) => (
                <Box key={word} paddingBlockEnd="200">
                  <dt>
                    <Text as="span" fontWeight="semibold">
                      {word}
                    </Text>
                  </dt>
                  <dd style={{ margin: 0 }}>{means}</dd>
                </Box>
              ))}
            </dl>
          </BlockStack>
        </Collapsible>
      </BlockStack>
    </Card>
  );
}

function never(): () => void {
  return () => {};
}
