import { BlockStack, Box, InlineGrid, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';

type SettingsSectionProps = { title: string; description: string; children: ReactNode };

/** Polaris' layout of settings: heading and description beside the cards, above them where there is no room. */
export function SettingsSection({ title, description, children }: SettingsSectionProps) {
  return (
    <InlineGrid columns={{ xs: 1, md: '2fr 5fr' }} gap={{ xs: '300', md: '400' }} alignItems="start">
      <Box paddingInline={{ xs: '400', sm: '0' }} paddingBlockStart={{ xs: '200', md: '400' }}>
        <BlockStack gap="200">
          <Text as="h2" variant="headingMd">
            {title}
          </Text>
          <Text as="p" tone="subdued">
            {description}
          </Text>
        </BlockStack>
      </Box>
      {children}
    </InlineGrid>
  );
}
