import { BlockStack, Box, Button, Collapsible, InlineStack, Text } from '@shopify/polaris';
import { useId, useState } from 'react';
import { figure } from '#app/components/words.ts';
import { actionWords, actorWords } from './action-words.ts';
import { ChangeTable } from './change-table.tsx';

export type AuditItem = {
  id: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  changes: { path: string; before: string | null; after: string | null }[];
  changeCount: number;
};

/** What was done, the newest first: when, who, what, and on demand what it was and is. */
export function AuditList({ lines }: { lines: AuditItem[] }) {
  return (
    <ul aria-label="Audit trail" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
      {lines.map((line) => (
        <Box
          key={line.id}
          as="li"
          paddingInline="400"
          paddingBlock="300"
          borderBlockStartWidth="025"
          borderColor="border-secondary"
        >
          <AuditEntry line={line} />
        </Box>
      ))}
    </ul>
  );
}

function AuditEntry({ line }: { line: AuditItem }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const words = line.changeCount === 1 ? '1 change' : `${figure(line.changeCount)} changes`;
  return (
    <BlockStack gap="100">
      <Text as="p" breakWord>
        {`${actionWords(line.action)}: `}
        <Text as="span" fontWeight="semibold">
          {line.subject}
        </Text>
      </Text>
      <InlineStack gap="200" align="space-between" blockAlign="center">
        <Text as="p" variant="bodySm" tone="subdued" breakWord>
          {`${line.at}, ${actorWords(line.actor)}`}
        </Text>
        {line.changes.length === 0 ? null : (
          <Button
            variant="plain"
            disclosure={isOpen ? 'up' : 'down'}
            ariaExpanded={isOpen}
            ariaControls={id}
            accessibilityLabel={`${words} of ${line.subject}`}
            onClick={() => setOpen(!isOpen)}
          >
            {words}
          </Button>
        )}
      </InlineStack>
      {line.changes.length === 0 ? null : (
        <Collapsible id={id} open={isOpen}>
          <ChangeTable changes={line.changes} more={line.changeCount - line.changes.length} />
        </Collapsible>
      )}
    </BlockStack>
  );
}
