import { BlockStack, List, Text } from '@shopify/polaris';
import { ChangeTable } from '../activity/change-table.tsx';
import { figure } from '../words.ts';
import type { ConfigurationReport, PlacedProblem } from './use-configuration-import.ts';

/** What a file would change in the settings, before it does. */
export function ConfigurationReportText({ report }: { report: ConfigurationReport }) {
  const { changeCount, changes } = report;
  if (changeCount === 0) {
    return <Text as="p">The file says what the settings are already. There is nothing to apply.</Text>;
  }
  return (
    <BlockStack gap="300">
      <Text as="h3" variant="headingSm">
        {changeCount === 1 ? '1 setting would change' : `${figure(changeCount)} settings would change`}
      </Text>
      <ChangeTable changes={changes} more={changeCount - changes.length} />
    </BlockStack>
  );
}

/** What is to be corrected in a file, each with its place. */
export function ConfigurationProblems({ problem, placed }: { problem: string; placed: PlacedProblem[] }) {
  return (
    <BlockStack gap="200">
      <Text as="p" tone="critical" breakWord>
        {`${problem} Nothing was changed.`}
      </Text>
      {placed.length === 0 ? null : (
        <List>
          {placed.map(({ path, line, message }, index) => (
            <List.Item key={`${path} ${index}`}>
              <Text as="span" breakWord>
                <Text as="span" fontWeight="semibold">
                  {placeOf(path, line)}
                </Text>
                {` ${message}`}
              </Text>
            </List.Item>
          ))}
        </List>
      )}
    </BlockStack>
  );
}

function placeOf(path: string, line: number | null): string {
  const parts = [...(line === null ? [] : [`Line ${figure(line)}`]), ...(path === '' ? [] : [path])];
  return parts.length === 0 ? 'The file:' : `${parts.join(', ')}:`;
}
