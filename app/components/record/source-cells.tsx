import { BlockStack, Text } from '@shopify/polaris';
import type { SourceTable } from '#app/queries/record-source.ts';

type SourceCellsProps = {
  source: SourceTable;
  /** Columns that the chosen value was made of. */
  used: ReadonlySet<string>;
};

/** Filled cells in the order of the file; blank columns in a sentence. */
export function SourceCells({ source: { cells, blank }, used }: SourceCellsProps) {
  return (
    <BlockStack gap="300">
      {cells.length === 0 ? null : (
        <dl className="record-cells">
          {cells.map(({ column, value }) => (
            <div key={column} className={used.has(column) ? 'record-cells__used' : undefined}>
              <dt>
                <Text as="span" variant="bodySm" tone="subdued">
                  {column}
                </Text>
              </dt>
              <dd>
                {value}
                {used.has(column) ? (
                  <Text as="span" visuallyHidden>
                    , used by the chosen value
                  </Text>
                ) : null}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {blank.length === 0 ? null : (
        <Text as="p" variant="bodySm" tone="subdued" breakWord>
          {`Blank: ${blank.join(', ')}`}
        </Text>
      )}
    </BlockStack>
  );
}

type ItemLinesProps = { lines: NonNullable<SourceTable['lines']>; used: ReadonlySet<string> };

/** The item lines of an order. Wide tables scroll inside their own frame. */
export function ItemLines({ lines: { columns, rows }, used }: ItemLinesProps) {
  const title = rows.length === 1 ? 'Its item line' : `Its ${rows.length} item lines`;
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {title}
      </Text>
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className="record-lines" role="region" aria-label={title} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  <Text as="span" variant="bodySm" tone="subdued">
                    {column}
                  </Text>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                {row.map((cell, place) => (
                  <td
                    key={columns[place]}
                    className={used.has(columns[place] ?? '') ? 'record-lines__used' : undefined}
                  >
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </BlockStack>
  );
}
