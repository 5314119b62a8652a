import { BlockStack, Select, TextField } from '@shopify/polaris';
import type { MissingRule } from '#app/domain/translation-entries.ts';

type RuleFieldsProps = {
  rule: MissingRule;
  text: string;
  problem: string | undefined;
  onChange: (part: { rule?: MissingRule; text?: string }) => void;
};

const RULES: { value: MissingRule; label: string }[] = [
  { value: 'keep', label: 'Keep it as it is' },
  { value: 'blank', label: 'Leave it blank' },
  { value: 'text', label: 'Use a fixed text' },
];

/** What becomes of a value that the table does not have. */
export function RuleFields({ rule, text, problem, onChange }: RuleFieldsProps) {
  return (
    <BlockStack gap="300">
      <Select
        label="A value without a translation"
        options={RULES}
        value={rule}
        onChange={(chosen) =>
          onChange({ rule: RULES.find(({ value }) => value === chosen)?.value ?? 'keep' })
        }
      />
      {rule === 'text' ? (
        <TextField
          label="Text to use instead"
          autoComplete="off"
          value={text}
          error={problem}
          onChange={(typed) => onChange({ text: typed })}
        />
      ) : null}
    </BlockStack>
  );
}
