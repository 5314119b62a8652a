import { Text } from '@shopify/polaris';
import type { ReactNode } from 'react';
import { EntryRow } from './entry-row.tsx';
import { entryKey } from './grid-value.ts';
import { editOfEntry, type TableForm } from './use-table-form.ts';

type EntryGridProps = { table: TableForm; entries: { from: string; to: string }[] };

/** The entries of one page, ready to be typed in, new ones on top. */
export function EntryGrid({ table, entries }: EntryGridProps) {
  return (
    <GridTable caption="Entries" columns={['From', 'To']}>
      {table.pinned.map((row, index) => (
        <EntryRow
          key={row.key}
          row={row}
          autoFocus={index === 0}
          onChange={(part) => table.set(row.key, { ...row.edit, ...part })}
          onRemove={() =>
            table.set(row.key, row.edit.was === null ? undefined : { ...row.edit, isRemoved: true })
          }
        />
      ))}
      {entries.map(({ from, to }) => {
        const row = table.row(entryKey(from), { was: from, from, to });
        const change = (part: Parameters<typeof editOfEntry>[2]) =>
          table.set(row.key, editOfEntry(from, to, part, row.edit));
        return (
          <EntryRow key={row.key} row={row} onChange={change} onRemove={() => change({ isRemoved: true })} />
        );
      })}
    </GridTable>
  );
}

const HEADING = { padding: '8px 4px', textAlign: 'start' } as const;

/** A table of fields: two columns of the same width and a narrow one for what can be done with the line. */
export function GridTable(props: { caption: string; columns: [string, string]; children: ReactNode }) {
  const { caption, columns, children } = props;
  return (
    // As wide as its cells' padding beyond the card's, so that fields stand in line with what is around them.
    <table
      aria-label={caption}
      style={{
        width: 'calc(100% + 8px)',
        marginInline: '-4px',
        tableLayout: 'fixed',
        borderCollapse: 'collapse',
      }}
    >
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col" style={HEADING}>
              <Text as="span" variant="bodySm" tone="subdued" fontWeight="medium">
                {column}
              </Text>
            </th>
          ))}
          <th scope="col" style={{ ...HEADING, width: '40px' }}>
            <Text as="span" visuallyHidden>
              Remove
            </Text>
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
