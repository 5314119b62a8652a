import { BlockStack, Card, ChoiceList, Text, TextField } from '@shopify/polaris';
import type { BlankMode, MappingForm } from '#app/domain/mapping-form.ts';

type BlankFieldsProps = {
  value: Pick<MappingForm, 'blankMode' | 'blankText'>;
  onChange: (part: Partial<MappingForm>) => void;
  error: string | undefined;
};

/** What happens when a rule applies and its result is blank. */
export function BlankFields({ value, onChange, error }: BlankFieldsProps) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          When the result is blank
        </Text>
        <ChoiceList
          title="When the result is blank"
          titleHidden
          choices={[
            { value: 'keep', label: 'Keep', helpText: 'Klaviyo keeps the value that it has.' },
            { value: 'clear', label: 'Clear', helpText: 'The value is removed in Klaviyo.' },
            { value: 'fixed', label: 'Fixed text', helpText: 'This text is sent instead.' },
          ]}
          selected={[value.blankMode]}
          error={value.blankMode === 'fixed' ? undefined : error}
          onChange={([mode]) => onChange({ blankMode: (mode ?? 'keep') as BlankMode })}
        />
        {value.blankMode === 'fixed' ? (
          <TextField
            label="Text that is sent"
            value={value.blankText}
            onChange={(blankText) => onChange({ blankText })}
            error={error}
            autoComplete="off"
          />
        ) : null}
      </BlockStack>
    </Card>
  );
}
