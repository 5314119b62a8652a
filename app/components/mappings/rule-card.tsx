import {
  Badge,
  Banner,
  BlockStack,
  Button,
  ButtonGroup,
  Card,
  InlineStack,
  Select,
  Text,
  TextField,
} from '@shopify/polaris';
import { ArrowDownIcon, ArrowUpIcon, DeleteIcon, DuplicateIcon } from '@shopify/polaris-icons';
import {
  conditionPath,
  newCondition,
  withMode,
  type RuleForm,
  type RuleMode,
} from '#app/domain/mapping-form.ts';
import { conditionInWords } from '#app/domain/mapping-words.ts';
import type { Condition } from '#app/domain/rules.ts';
import { figure } from '../words.ts';
import { ConditionFields } from './condition-fields.tsx';
import { TemplateField } from './template-field.tsx';

type RuleCardProps = {
  rule: RuleForm;
  index: number;
  count: number;
  onChange: (rule: RuleForm) => void;
  onMove: (to: number) => void;
  onDuplicate: () => void;
  onRemove: () => void;
  problem: (field: string) => string | undefined;
  /** An earlier rule always applies. */
  isUnreachable: boolean;
  columns: { name: string; value?: string }[];
  tables: string[];
  /** Of the preview: whether it gave the result of the row, and for how many rows of the sample it did. */
  isMatched: boolean;
  hits: { rows: number; matched: number } | null;
};

const MODES: { value: RuleMode; label: string }[] = [
  { value: 'always', label: 'Always' },
  { value: 'all', label: 'All of these conditions hold' },
  { value: 'any', label: 'Any of these conditions holds' },
  { value: 'json', label: 'Nested conditions, written as JSON' },
];

/** One rule of a mapping: when it applies and what it gives. */
export function RuleCard(props: RuleCardProps) {
  const { rule, index, count, onChange, onMove, onDuplicate, onRemove, isUnreachable } = props;
  const { problem, columns, tables, isMatched, hits } = props;
  const number = index + 1;
  const headingId = `${rule.key}-heading`;
  return (
    <Card>
      <div role="group" aria-labelledby={headingId}>
        <BlockStack gap="300">
          <InlineStack align="space-between" blockAlign="center" gap="200">
            <InlineStack gap="200" blockAlign="center">
              <Text as="h3" variant="headingSm" id={headingId}>
                {`Rule ${number}`}
              </Text>
              {isMatched ? <Badge tone="success">Used for this row</Badge> : null}
            </InlineStack>
            <ButtonGroup variant="segmented">
              <Button
                size="slim"
                icon={ArrowUpIcon}
                accessibilityLabel={`Move rule ${number} up`}
                disabled={index === 0}
                onClick={() => onMove(index - 1)}
              />
              <Button
                size="slim"
                icon={ArrowDownIcon}
                accessibilityLabel={`Move rule ${number} down`}
                disabled={number === count}
                onClick={() => onMove(index + 1)}
              />
              <Button
                size="slim"
                icon={DuplicateIcon}
                accessibilityLabel={`Duplicate rule ${number}`}
                onClick={onDuplicate}
              />
              <Button
                size="slim"
                icon={DeleteIcon}
                accessibilityLabel={`Remove rule ${number}`}
                disabled={count === 1}
                onClick={onRemove}
              />
            </ButtonGroup>
          </InlineStack>
          {isUnreachable ? (
            <Banner tone="warning">
              A rule above always applies, so this rule is never used. Move the rule without conditions to the
              end.
            </Banner>
          ) : null}
          <Select
            label="When"
            options={MODES}
            value={rule.mode}
            onChange={(mode) => onChange(withMode(rule, mode as RuleMode))}
          />
          <WhenFields rule={rule} index={index} onChange={onChange} columns={columns} problem={problem} />
          <TemplateField
            number={number}
            value={rule.template}
            onChange={(template) => onChange({ ...rule, template })}
            error={problem(`rules.${index}.template`)}
            columns={columns}
            tables={tables}
          />
          <Text as="p" variant="bodySm" tone="subdued">
            {hits === null
              ? 'How many sample rows it is used for shows here once the rules are complete and there are records.'
              : `Used for ${figure(hits.matched)} of ${figure(hits.rows)} sample rows.`}
          </Text>
        </BlockStack>
      </div>
    </Card>
  );
}

function WhenFields({
  rule,
  index,
  onChange,
  columns,
  problem,
}: Pick<RuleCardProps, 'rule' | 'index' | 'onChange' | 'columns' | 'problem'>) {
  if (rule.mode === 'always') {
    return null;
  }
  if (rule.mode === 'json') {
    return (
      <BlockStack gap="200">
        <Text as="p" tone="subdued" breakWord>
          {jsonInWords(rule.json)}
        </Text>
        <TextField
          label="Condition as JSON"
          value={rule.json}
          onChange={(json) => onChange({ ...rule, json })}
          error={problem(`rules.${index}.when`)}
          helpText="all, any and not hold lists of conditions; a condition has column, is and value."
          multiline={4}
          maxHeight={320}
          monospaced
          autoComplete="off"
          spellCheck={false}
        />
      </BlockStack>
    );
  }
  return (
    <BlockStack gap="300" inlineAlign="start">
      <div style={{ width: '100%' }}>
        <BlockStack gap="300">
          {rule.conditions.map((condition, place) => {
            const path = conditionPath(rule, index, place);
            return (
              <ConditionFields
                key={condition.key}
                name={`Rule ${index + 1}, condition ${place + 1}`}
                condition={condition}
                columns={columns.map(({ name }) => name)}
                problems={{
                  column: problem(`${path}.column`),
                  operator: problem(`${path}.is`),
                  value: problem(`${path}.value`) ?? problem(path),
                }}
                onChange={(changed) =>
                  onChange({ ...rule, conditions: rule.conditions.with(place, changed) })
                }
                onRemove={() => {
                  const conditions = rule.conditions.toSpliced(place, 1);
                  onChange({ ...rule, conditions, mode: conditions.length === 0 ? 'always' : rule.mode });
                }}
              />
            );
          })}
        </BlockStack>
      </div>
      <Button
        size="slim"
        onClick={() => onChange({ ...rule, conditions: [...rule.conditions, newCondition(freshKey(rule))] })}
      >
        Add condition
      </Button>
    </BlockStack>
  );
}

/** A key that no condition of the rule has. */
function freshKey({ key, conditions }: RuleForm): string {
  const taken = conditions.map((one) => Number(one.key.slice(`${key}-when-`.length)));
  return `${key}-when-${Math.max(-1, ...taken) + 1}`;
}

function jsonInWords(json: string): string {
  try {
    return `When ${conditionInWords(JSON.parse(json) as Condition)}`;
  } catch {
    // Half typed, or no condition: the field says what is wrong with it.
    return 'In words: shown once the text is complete.';
  }
}
