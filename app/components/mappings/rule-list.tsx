import { BlockStack, Box, Button, Card, InlineError, Text } from '@shopify/polaris';
import { newRule, type RuleForm } from '#app/domain/mapping-form.ts';
import type { MappingPreview } from '#app/domain/mapping-preview.ts';
import { RuleCard } from './rule-card.tsx';

type RuleListProps = {
  rules: RuleForm[];
  onChange: (rules: RuleForm[]) => void;
  problem: (field: string) => string | undefined;
  columns: { name: string; value?: string }[];
  tables: string[];
  preview: MappingPreview | null;
  /** The first rule that is never reached; null = all are. */
  unreachableFrom: number | null;
};

/** The rules of a mapping in their order. */
export function RuleList({
  rules,
  onChange,
  problem,
  columns,
  tables,
  preview,
  unreachableFrom,
}: RuleListProps) {
  const sample = preview?.sample ?? null;
  const general = problem('rules');
  return (
    <BlockStack gap="300">
      <Card>
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            Rules
          </Text>
          <Text as="p" tone="subdued">
            The first rule whose conditions hold gives the value. When none holds, the mapping does nothing.
          </Text>
          {general === undefined ? null : <InlineError message={general} fieldID="rules" />}
        </BlockStack>
      </Card>
      {rules.map((rule, index) => (
        <RuleCard
          key={rule.key}
          rule={rule}
          index={index}
          count={rules.length}
          problem={problem}
          columns={columns}
          tables={tables}
          isUnreachable={unreachableFrom !== null && index >= unreachableFrom}
          isMatched={preview?.matchedRule === index}
          hits={
            sample === null || sample.rows === 0
              ? null
              : { rows: sample.rows, matched: sample.byRule[index] ?? 0 }
          }
          onChange={(changed) => onChange(rules.with(index, changed))}
          onMove={(to) => onChange(rules.toSpliced(index, 1).toSpliced(to, 0, rule))}
          onDuplicate={() =>
            onChange(rules.toSpliced(index + 1, 0, { ...rule, key: freshKey(rules), source: null }))
          }
          onRemove={() => onChange(rules.toSpliced(index, 1))}
        />
      ))}
      <Box paddingInline={{ xs: '400', sm: '0' }}>
        <Button onClick={() => onChange([...rules, newRule(freshKey(rules))])}>Add rule</Button>
      </Box>
    </BlockStack>
  );
}

/** A key that no rule has. */
function freshKey(rules: RuleForm[]): string {
  const taken = rules.map(({ key }) => Number(key.slice('rule-'.length)));
  return `rule-${Math.max(-1, ...taken) + 1}`;
}
