import { BlockStack, List, Text } from '@shopify/polaris';
import { figure } from '#app/components/words.ts';

export type ImportReport = {
  added: number;
  changed: number;
  same: number;
  absent: number;
  problemCount: number;
  problems: { line: number; message: string }[];
  examples: { from: string; before: string; after: string }[];
};

/** What a file would do to the table, before it does it. */
export function ImportReportText({ report }: { report: ImportReport }) {
  const { added, changed, same, problemCount, problems, examples } = report;
  const counts = [
    `${figure(added)} new`,
    `${figure(changed)} changed`,
    `${figure(same)} the same`,
    `${figure(problemCount)} ${problemCount === 1 ? 'line that cannot be used' : 'lines that cannot be used'}`,
  ];
  return (
    <BlockStack gap="300">
      <Text as="p" fontWeight="semibold">
        {counts.join(', ')}
      </Text>
      {problems.length === 0 ? null : (
        <BlockStack gap="100">
          <Text as="h3" variant="headingSm">
            Lines that are left out
          </Text>
          <List>
            {problems.map(({ line, message }) => (
              <List.Item key={line}>{`Line ${figure(line)}: ${message}`}</List.Item>
            ))}
          </List>
          <More count={problemCount - problems.length} />
        </BlockStack>
      )}
      {examples.length === 0 ? null : (
        <BlockStack gap="100">
          <Text as="h3" variant="headingSm">
            Changed entries
          </Text>
          <List>
            {examples.map(({ from, before, after }) => (
              <List.Item key={from}>{`${from}: ${before || 'blank'} → ${after || 'blank'}`}</List.Item>
            ))}
          </List>
          <More count={changed - examples.length} />
        </BlockStack>
      )}
    </BlockStack>
  );
}

function More({ count }: { count: number }) {
  return count <= 0 ? null : (
    <Text as="p" tone="subdued">
      {`and ${figure(count)} more`}
    </Text>
  );
}
