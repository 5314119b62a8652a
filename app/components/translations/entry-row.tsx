import { Button, Text, TextField } from '@shopify/polaris';
import { DeleteIcon } from '@shopify/polaris-icons';
import type { RowEdit } from './grid-value.ts';
import type { GridRow } from './use-table-form.ts';

type EntryRowProps = {
  row: GridRow;
  autoFocus?: boolean;
  onChange: (part: Partial<RowEdit>) => void;
  onRemove: () => void;
};

const CELL = { padding: '4px', verticalAlign: 'top' } as const;

/** A line of a table: the two texts, and a way to remove it. A removed one stays to be seen until it is saved. */
export function EntryRow({ row, autoFocus = false, onChange, onRemove }: EntryRowProps) {
  const { edit } = row;
  const name = edit.was ?? (edit.from === '' ? 'new entry' : edit.from);
  if (edit.isRemoved === true) {
    return (
      <tr>
        <td colSpan={2} style={{ ...CELL, paddingInline: '12px' }}>
          <Text as="span" tone="subdued" breakWord>
            {`${name} is removed when you save. `}
          </Text>
          <Button
            variant="plain"
            accessibilityLabel={`Keep ${name}`}
            onClick={() => onChange({ isRemoved: false })}
          >
            Keep
          </Button>
        </td>
        <td style={CELL} />
      </tr>
    );
  }
  return (
    <tr>
      <td style={CELL}>
        <TextField
          label={`From: ${name}`}
          labelHidden
          autoComplete="off"
          autoFocus={autoFocus}
          value={edit.from}
          error={row.fromProblem}
          onChange={(from) => onChange({ from })}
        />
      </td>
      <td style={CELL}>
        <TextField
          label={`To: ${name}`}
          labelHidden
          autoComplete="off"
          value={edit.to}
          error={row.toProblem}
          onChange={(to) => onChange({ to })}
        />
      </td>
      <td style={{ ...CELL, paddingBlockStart: '10px' }}>
        <Button
          icon={DeleteIcon}
          variant="tertiary"
          accessibilityLabel={`Remove ${name}`}
          onClick={onRemove}
        />
      </td>
    </tr>
  );
}
