import { Box, InlineStack, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';

/** A button that acts at once, and under it why it was refused; a screen reader hears that. */
export function ActButton({ problem, children }: { problem: string | undefined; children: ReactNode }) {
  return (
    <div>
      <InlineStack>{children}</InlineStack>
      <div role="status">
        {problem === undefined ? null : (
          <Box paddingBlockStart="200">
            <Text as="p" tone="critical" breakWord>
              {problem}
            </Text>
          </Box>
        )}
      </div>
    </div>
  );
}
