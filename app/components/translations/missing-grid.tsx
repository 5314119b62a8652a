import { BlockStack, Button, Text, TextField } from '@shopify/polaris';
import { XIcon } from '@shopify/polaris-icons';
import type { Act } from '#app/components/use-act.ts';
import { figure } from '#app/components/words.ts';
import { GridTable } from './entry-grid.tsx';
import { missKey } from './grid-value.ts';
import type { TableForm } from './use-table-form.ts';

type MissingGridProps = {
  table: TableForm;
  misses: { value: string; count: number; firstSeen: string; lastSeen: string }[];
  dismiss: Act;
};

const CELL = { padding: '8px 4px', verticalAlign: 'top' } as const;

/** The inbox: values that files brought and the table lacks, the most frequent first. A text typed here is a new entry. */
export function MissingGrid({ table, misses, dismiss }: MissingGridProps) {
  return (
    <GridTable caption="Missing values" columns={['Value in the file', 'To']}>
      {misses.map(({ value, count, firstSeen, lastSeen }) => {
        const row = table.row(missKey(value), { was: null, from: value, to: '' });
        return (
          <tr key={row.key}>
            <th scope="row" style={{ ...CELL, textAlign: 'start' }}>
              <BlockStack>
                <Text as="span" fontWeight="medium" breakWord>
                  {value}
                </Text>
                <Text as="span" variant="bodySm" tone="subdued" fontWeight="regular">
                  {count === 1 ? `Seen once, ${lastSeen}` : `Seen ${figure(count)} times, last ${lastSeen}`}
                  {count === 1 || firstSeen === lastSeen ? '' : `, first ${firstSeen}`}
                </Text>
              </BlockStack>
            </th>
            <td style={CELL}>
              <TextField
                label={`To: ${value}`}
                labelHidden
                autoComplete="off"
                value={row.edit.to}
                error={row.fromProblem ?? row.toProblem}
                onChange={(to) => table.set(row.key, to === '' ? undefined : { ...row.edit, to })}
              />
            </td>
            <td style={{ ...CELL, paddingBlockStart: '14px' }}>
              <Button
                icon={XIcon}
                variant="tertiary"
                accessibilityLabel={`Dismiss ${value}`}
                disabled={dismiss.isBusy}
                onClick={() => {
                  table.set(row.key, undefined);
                  dismiss.run({ intent: 'dismiss', value });
                }}
              />
            </td>
          </tr>
        );
      })}
    </GridTable>
  );
}
