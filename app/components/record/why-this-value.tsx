import { BlockStack, Box, Link, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';
import type { ValueWhy } from '#app/queries/explain-record.server.ts';

type WhyThisValueProps = {
  why: ValueWhy;
  /** What today's configuration would give instead. */
  change: string | null;
};

/** Which mapping, rule, template and translation made a value, or which setting did. */
export function WhyThisValue({ why, change }: WhyThisValueProps) {
  return (
    <Box
      background="bg-surface-secondary"
      borderRadius="200"
      borderWidth="025"
      borderColor="border-secondary"
      padding="300"
    >
      <BlockStack gap="200">
        <Text as="h4" variant="headingSm">
          Why this value?
        </Text>
        <Text as="p" breakWord>
          <Origin why={why} />
        </Text>
        {why.rule === null ? null : (
          <Text as="p" breakWord>
            {why.rule}
          </Text>
        )}
        {why.passedOver.map((sentence) => (
          <Text key={sentence} as="p" tone="subdued" breakWord>
            {`Before it: ${sentence}`}
          </Text>
        ))}
        {why.template === null ? null : (
          <Part label="Template">
            <code style={{ overflowWrap: 'anywhere' }}>{why.template}</code>
          </Part>
        )}
        {why.cells.length === 0 ? null : (
          <Part label={why.cells.length === 1 ? 'Cell it read' : 'Cells it read'}>
            {why.cells.map(({ column, value }) => `${column}: ${value === '' ? 'blank' : value}`).join('; ')}
          </Part>
        )}
        {why.lookups.map(({ table, url, from, to, isMissing }) => (
          <Part key={`${table} ${from}`} label="Translation">
            {isMissing
              ? `"${from}" is not in the table, so it gives ${to === '' ? 'nothing' : `"${to}"`}`
              : `"${from}" → "${to}"`}
            {', table '}
            <Link url={url}>{table}</Link>
          </Part>
        ))}
        {why.warnings.map((warning) => (
          <Text key={warning} as="p" tone="caution" breakWord>
            {warning}
          </Text>
        ))}
        {change === null ? null : (
          <Text as="p" tone="caution" breakWord>
            {`${change} Apply them from the mapping’s page.`}
          </Text>
        )}
      </BlockStack>
    </Box>
  );
}

function Origin({ why }: { why: ValueWhy }) {
  if (why.source !== 'mapping') {
    return why.words;
  }
  const name = why.words === '' ? 'without description' : why.words;
  return why.mappingUrl === null ? (
    `Mapping "${name}", which was removed since.`
  ) : (
    <>
      {'Mapping '}
      <Link url={why.mappingUrl}>{name}</Link>
    </>
  );
}

function Part({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div style={{ overflowWrap: 'anywhere' }}>
      <Text as="span" tone="subdued">
        {`${label}: `}
      </Text>
      {children}
    </div>
  );
}
