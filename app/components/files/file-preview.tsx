import { Badge, BlockStack, Box, Button, Card, InlineStack, Text } from '@shopify/polaris';
import { useId, useState } from 'react';
import { figure } from '../words.ts';

type Item = {
  title: string;
  line: number | null;
  note: string | null;
  facts: { name: string; before?: string; after: string }[];
};
type Section = { id: string; title: string; count: number; items: Item[] };

const FIRST_SHOWN = 3;

/** What a file of the test lane would do: how often, and samples of each kind. */
export function FilePreview({ sections }: { sections: Section[] }) {
  return (
    <BlockStack gap="400">
      {sections.length === 0 ? (
        <Card>
          <Text as="p" tone="subdued">
            It would change nothing: all of its rows are in Threadline already.
          </Text>
        </Card>
      ) : (
        sections.map((section) => <SectionCard key={section.id} section={section} />)
      )}
    </BlockStack>
  );
}

function SectionCard({ section: { id, title, count, items } }: { section: Section }) {
  const [isOpen, setOpen] = useState(false);
  const listId = useId();
  const hasFoot = items.length > FIRST_SHOWN || count > items.length;
  const shown = isOpen ? items : items.slice(0, FIRST_SHOWN);
  return (
    <div id={`preview-${id}`}>
      <Card>
        <BlockStack gap="300">
          <InlineStack gap="200" blockAlign="center">
            <Text as="h2" variant="headingMd">
              {title}
            </Text>
            <Badge>{figure(count)}</Badge>
          </InlineStack>
          <ul id={listId} style={{ listStyle: 'none', margin: 0, padding: 0 }}>
            {shown.map((item, index) => (
              <Box
                key={`${item.line} ${index}`}
                as="li"
                paddingBlock="300"
                borderBlockStartWidth="025"
                borderColor="border-secondary"
              >
                <ItemEntry item={item} />
              </Box>
            ))}
          </ul>
          {hasFoot ? (
            <InlineStack gap="300" blockAlign="center">
              {items.length > FIRST_SHOWN ? (
                <Button
                  variant="plain"
                  onClick={() => setOpen(!isOpen)}
                  ariaExpanded={isOpen}
                  ariaControls={listId}
                  disclosure={isOpen ? 'up' : 'down'}
                >
                  {isOpen ? 'Show fewer' : `Show ${items.length} samples`}
                </Button>
              ) : null}
              {count > items.length ? (
                <Text as="span" tone="subdued">{`The first ${items.length} of ${figure(count)}`}</Text>
              ) : null}
            </InlineStack>
          ) : null}
        </BlockStack>
      </Card>
    </div>
  );
}

function ItemEntry({ item: { title, line, note, facts } }: { item: Item }) {
  return (
    <BlockStack gap="150">
      <InlineStack gap="200">
        <Text as="h3" variant="headingSm" breakWord>
          {title}
        </Text>
        {line === null ? null : <Text as="span" tone="subdued">{`line ${figure(line)}`}</Text>}
      </InlineStack>
      {note === null ? null : (
        <Text as="p" tone="subdued" breakWord>
          {note}
        </Text>
      )}
      {facts.length === 0 ? null : (
        <dl
          style={{
            margin: 0,
            display: 'grid',
            gap: 'var(--p-space-100) var(--p-space-400)',
            gridTemplateColumns: 'repeat(auto-fill, minmax(11rem, 1fr))',
          }}
        >
          {facts.map(({ name, before, after }) => (
            <div key={name} style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
              <dt>
                <Text as="span" variant="bodySm" tone="subdued">
                  {name}
                </Text>
              </dt>
              <dd style={{ margin: 0 }}>
                {before === undefined ? null : (
                  <>
                    <Text as="span" tone="subdued">
                      {before}
                    </Text>
                    <span aria-hidden> → </span>
                    <Text as="span" visuallyHidden>
                      {' becomes '}
                    </Text>
                  </>
                )}
                {after}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </BlockStack>
  );
}
