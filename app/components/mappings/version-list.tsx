import { Badge, BlockStack, Box, Button, Card, InlineGrid, InlineStack, Text } from '@shopify/polaris';
import type { Act } from '../use-act.ts';

export type VersionItem = {
  revisionId: string | null;
  kind: 'current' | 'earlier' | 'removed';
  madeAt: string | null;
  madeBy: string | null;
  changes: { field: string; before: string | null; after: string | null }[];
  isFirst: boolean;
};

type VersionListProps = { mappingId: string; versions: VersionItem[]; act: Act };

/** What a mapping was, newest first, each version with what it changed. */
export function VersionList({ mappingId, versions, act }: VersionListProps) {
  return (
    <BlockStack gap="400">
      {versions.map((version, index) => (
        <Card key={version.revisionId ?? `version-${index}`}>
          <BlockStack gap="300">
            <InlineStack align="space-between" blockAlign="center" gap="200">
              <InlineStack gap="200" blockAlign="center">
                <Text as="h2" variant="headingSm" breakWord>
                  {headingOf(version)}
                </Text>
                {version.kind === 'current' ? <Badge tone="success">Current</Badge> : null}
                {version.kind === 'removed' ? <Badge tone="attention">Removed</Badge> : null}
              </InlineStack>
              {version.revisionId === null ? null : (
                <Button
                  size="slim"
                  accessibilityLabel={`Restore the version: ${headingOf(version)}`}
                  disabled={act.isBusy}
                  onClick={() => act.run({ intent: 'restore', mappingId, revisionId: version.revisionId })}
                >
                  Restore
                </Button>
              )}
            </InlineStack>
            <Changes version={version} />
          </BlockStack>
        </Card>
      ))}
    </BlockStack>
  );
}

function headingOf({ kind, madeAt, madeBy, isFirst }: VersionItem): string {
  if (madeAt === null) {
    return 'As it was first';
  }
  const did = kind === 'removed' ? 'Removed' : isFirst ? 'Added' : 'Changed';
  return `${did} ${madeAt} by ${madeBy ?? 'somebody'}`;
}

function Changes({ version }: { version: VersionItem }) {
  const { changes, isFirst, kind } = version;
  if (kind === 'removed') {
    return <Text as="p">Files were read without this mapping from then on.</Text>;
  }
  if (changes.length === 0) {
    return (
      <Text as="p" tone="subdued">
        The same as the version before.
      </Text>
    );
  }
  if (isFirst) {
    return (
      <BlockStack gap="200" as="ul">
        {changes.map(({ field, after }) => (
          <li key={field} style={{ listStyle: 'none' }}>
            <InlineGrid columns={{ xs: 1, sm: ['oneThird', 'twoThirds'] }} gap="100">
              <Text as="span" tone="subdued">
                {field}
              </Text>
              <span style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{wordsOf(after)}</span>
            </InlineGrid>
          </li>
        ))}
      </BlockStack>
    );
  }
  return (
    <BlockStack gap="300">
      {changes.map(({ field, before, after }) => (
        <BlockStack gap="100" key={field}>
          <Text as="h3" variant="bodyMd" fontWeight="semibold">
            {field}
          </Text>
          <InlineGrid columns={{ xs: 1, sm: 2 }} gap="200">
            <Value label="Before">{before}</Value>
            <Value label="After">{after}</Value>
          </InlineGrid>
        </BlockStack>
      ))}
    </BlockStack>
  );
}

function wordsOf(value: string | null): string {
  if (value === null) {
    return '(not there)';
  }
  return value === '' ? '(empty)' : value;
}

function Value({ label, children }: { label: string; children: string | null }) {
  return (
    <Box background="bg-surface-secondary" padding="200" borderRadius="200">
      <Text as="p" variant="bodySm" tone="subdued">
        {label}
      </Text>
      <p style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{wordsOf(children)}</p>
    </Box>
  );
}
