import {
  Badge,
  BlockStack,
  Box,
  Button,
  ButtonGroup,
  Card,
  Collapsible,
  InlineStack,
  Scrollable,
  Select,
  SkeletonBodyText,
  Text,
  TextField,
} from '@shopify/polaris';
import { useId, useState } from 'react';
import type { MappingPreview } from '#app/domain/mapping-preview.ts';
import type { MappingScope } from '#app/domain/rules.ts';
import { figure, type Tone } from '../words.ts';
import type { PreviewState, RowChoice } from './use-preview.ts';

type PreviewCardProps = {
  scope: MappingScope;
  state: PreviewState;
  row: RowChoice;
  onRow: (row: RowChoice) => void;
};

const RECORD: Record<MappingScope, string> = {
  customer: 'customer',
  order: 'order',
  item: 'order',
  reward: 'reward',
};

const OUTCOMES: Record<MappingPreview['outcome'], { word: string; tone: Tone; means: string }> = {
  value: { word: 'Value', tone: 'success', means: 'Klaviyo gets:' },
  blank: { word: 'Blank', tone: 'info', means: 'The result is blank.' },
  'no-rule': { word: 'Not applied', tone: undefined, means: 'No rule applies to this row.' },
  cleared: { word: 'Cleared', tone: 'attention', means: 'The value is removed in Klaviyo.' },
  skipped: { word: 'Left out', tone: 'attention', means: 'This record is not sent.' },
};

/** What the mapping makes of one real row, and of a sample of them, while it is being written. */
export function PreviewCard({ scope, state, row, onRow }: PreviewCardProps) {
  const { preview, isLoading, isUnavailable } = state;
  const shownRow = preview?.row ?? null;
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            Preview
          </Text>
          <Text as="span" variant="bodySm" tone="subdued">
            {isLoading ? 'Updating' : isUnavailable ? 'Not available' : 'Up to date'}
          </Text>
        </InlineStack>
        <RowChooser scope={scope} row={row} onRow={onRow} />
        {/* Room for the usual answer, so that nothing below jumps while one is awaited. */}
        <div aria-live="polite" style={{ minHeight: 168 }}>
          {preview === null ? (
            isUnavailable ? (
              <Text as="p" tone="subdued">
                The preview is not available at the moment. You can save without it.
              </Text>
            ) : (
              <SkeletonBodyText lines={5} />
            )
          ) : preview.problems.some(({ field }) => field.startsWith('rules')) ? (
            <Text as="p" tone="subdued">
              The rules are not complete yet. The preview goes on once they are.
            </Text>
          ) : (
            <Answer preview={preview} />
          )}
        </div>
        {shownRow === null ? null : <RowColumns columns={shownRow.columns} />}
      </BlockStack>
    </Card>
  );
}

function RowChooser({ scope, row, onRow }: Pick<PreviewCardProps, 'scope' | 'row' | 'onRow'>) {
  const record = RECORD[scope];
  return (
    <BlockStack gap="200">
      <Select
        label="Try it on"
        options={[
          { value: 'newest', label: `Newest ${record}s` },
          { value: 'key', label: `One ${record}, by its key` },
          { value: 'paste', label: 'A pasted row' },
        ]}
        value={row.by}
        onChange={(by) =>
          onRow(
            by === 'key' ? { by, key: '' } : by === 'paste' ? { by, text: '' } : { by: 'newest', offset: 0 },
          )
        }
      />
      {row.by === 'newest' ? (
        <ButtonGroup>
          <Button
            size="slim"
            disabled={row.offset === 0}
            onClick={() => onRow({ by: 'newest', offset: row.offset - 1 })}
          >
            Newer row
          </Button>
          <Button size="slim" onClick={() => onRow({ by: 'newest', offset: row.offset + 1 })}>
            Older row
          </Button>
        </ButtonGroup>
      ) : row.by === 'key' ? (
        <TextField
          label={`Key of the ${record}`}
          value={row.key}
          onChange={(key) => onRow({ by: 'key', key })}
          autoComplete="off"
          maxLength={300}
        />
      ) : (
        <TextField
          label="Header and row"
          value={row.text}
          onChange={(text) => onRow({ by: 'paste', text })}
          helpText="Two lines of a file: the names of the columns, and a row."
          multiline={3}
          maxHeight={160}
          monospaced
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </BlockStack>
  );
}

function Answer({ preview }: { preview: MappingPreview }) {
  const { row, matchedRule, result, outcome, warnings, sample, note } = preview;
  const { word, tone, means } = OUTCOMES[outcome];
  return (
    <BlockStack gap="200">
      {row === null ? null : (
        <InlineStack gap="200" blockAlign="center">
          <Text as="p" fontWeight="semibold" breakWord>
            {row.label}
          </Text>
          <Badge tone={tone}>{word}</Badge>
        </InlineStack>
      )}
      {row === null ? null : (
        <Text as="p">{matchedRule === null ? means : `Rule ${matchedRule + 1} applies. ${means}`}</Text>
      )}
      {result === null ? null : (
        <Box background="bg-surface-secondary" padding="200" borderRadius="200">
          <pre style={{ margin: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{result}</pre>
        </Box>
      )}
      {note === null ? null : (
        <Text as="p" tone="subdued" breakWord>
          {note}
        </Text>
      )}
      {warnings.length === 0 ? null : (
        <BlockStack gap="100">
          <Text as="p" fontWeight="semibold">
            {warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}
          </Text>
          {warnings.map(({ message }) => (
            <Text as="p" tone="caution" key={message} breakWord>
              {message}
            </Text>
          ))}
        </BlockStack>
      )}
      {sample === null || sample.rows === 0 ? null : (
        <Text as="p" tone="subdued">
          {`Matches ${figure(sample.matched)} of ${figure(sample.rows)} sample rows${
            sample.blank === 0 ? '' : `; ${figure(sample.blank)} of them come out blank`
          }.`}
        </Text>
      )}
    </BlockStack>
  );
}

function RowColumns({ columns }: { columns: { name: string; value: string }[] }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <BlockStack gap="200" inlineAlign="start">
      <Button
        variant="plain"
        disclosure={isOpen ? 'up' : 'down'}
        ariaExpanded={isOpen}
        ariaControls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {`Columns of this row (${figure(columns.length)})`}
      </Button>
      <Collapsible id={id} open={isOpen}>
        <Scrollable style={{ maxHeight: 260 }} focusable shadow>
          <dl style={{ margin: 0 }}>
            {columns.map(({ name, value }) => (
              <Box key={name} paddingBlockEnd="100">
                <dt>
                  <Text as="span" variant="bodySm" tone="subdued" breakWord>
                    {name}
                  </Text>
                </dt>
                <dd style={{ margin: 0, overflowWrap: 'anywhere' }}>{value === '' ? '(blank)' : value}</dd>
              </Box>
            ))}
          </dl>
        </Scrollable>
      </Collapsible>
    </BlockStack>
  );
}
