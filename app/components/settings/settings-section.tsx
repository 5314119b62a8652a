import { Box, Layout, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';

type SettingsSectionProps = { title: string; description: string; children: ReactNode };

/** A part of a settings page; on a telephone its heading stands as far from the edge as what its card holds. */
export function SettingsSection({ title, description, children }: SettingsSectionProps) {
  const padding = { xs: '400', sm: '0' } as const;
  return (
    <Layout.AnnotatedSection
      title={<Box paddingInline={padding}>{title}</Box>}
      description={
        <Box paddingInline={padding}>
          <Text as="p" breakWord>
            {description}
          </Text>
        </Box>
      }
    >
      {children}
    </Layout.AnnotatedSection>
  );
}
