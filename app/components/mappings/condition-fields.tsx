import { Box, Button, InlineGrid, Select, TextField } from '@shopify/polaris';
import { DeleteIcon } from '@shopify/polaris-icons';
import { OPERATOR_CHOICES, type ConditionForm, type OperatorChoice } from '#app/domain/mapping-form.ts';
import { OPERATOR_WORDS } from '#app/domain/mapping-words.ts';
import { ChooseOrType } from './choose-or-type.tsx';

type ConditionFieldsProps = {
  /** `Rule 1, condition 2` */
  name: string;
  condition: ConditionForm;
  columns: string[];
  onChange: (condition: ConditionForm) => void;
  onRemove: () => void;
  problems: { column?: string; operator?: string; value?: string };
};

const CHOICES = OPERATOR_CHOICES.map((value) => ({ value, label: wordsOf(value) }));

function wordsOf(operator: OperatorChoice): string {
  if (operator === 'means') {
    return 'means';
  }
  return operator === 'equals-number' ? 'is the number' : OPERATOR_WORDS[operator];
}

/** One condition: a column, how it is compared, and with what. */
export function ConditionFields(props: ConditionFieldsProps) {
  const { name, condition, columns, onChange, onRemove, problems } = props;
  const groups = [{ title: 'Columns', options: columns.map((one) => ({ value: one, label: one })) }];
  return (
    <div role="group" aria-label={name}>
      <InlineGrid columns={{ xs: 1, md: '4fr 3fr 4fr auto' }} gap="200" alignItems="start">
        <ChooseOrType
          label="Column"
          value={condition.column}
          onChange={(column) => onChange({ ...condition, column })}
          groups={groups}
          error={problems.column}
        />
        <Select
          label="Comparison"
          options={CHOICES}
          value={condition.operator}
          onChange={(operator) => onChange({ ...condition, operator: operator as OperatorChoice })}
          error={problems.operator}
        />
        <ValueField condition={condition} onChange={onChange} error={problems.value} />
        <Box paddingBlockStart={{ xs: '0', md: '600' }}>
          <Button
            icon={DeleteIcon}
            accessibilityLabel={`Remove ${name}`}
            onClick={onRemove}
            variant="tertiary"
          />
        </Box>
      </InlineGrid>
    </div>
  );
}

const HINTS: Partial<Record<OperatorChoice, string>> = {
  'one-of': 'One a line.',
  before: 'A date such as 2026-01-31.',
  after: 'A date such as 2026-01-31.',
  matches: 'A regular expression; start it with (?i) to ignore case.',
};

function ValueField({
  condition,
  onChange,
  error,
}: Pick<ConditionFieldsProps, 'condition' | 'onChange'> & { error?: string }) {
  const { operator, value } = condition;
  if (operator === 'empty' || operator === 'not-empty') {
    return <span />;
  }
  if (operator === 'means') {
    return (
      <Select
        label="Value"
        options={[
          { value: 'yes', label: 'yes' },
          { value: 'no', label: 'no' },
        ]}
        value={value === 'no' ? 'no' : 'yes'}
        onChange={(chosen) => onChange({ ...condition, value: chosen })}
        error={error}
      />
    );
  }
  const isNumber = operator === 'equals-number' || operator === 'greater-than' || operator === 'less-than';
  return (
    <TextField
      label="Value"
      value={value}
      onChange={(typed) => onChange({ ...condition, value: typed })}
      error={error}
      helpText={HINTS[operator]}
      multiline={operator === 'one-of' || value.includes('\n') ? 2 : false}
      inputMode={isNumber ? 'decimal' : undefined}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
