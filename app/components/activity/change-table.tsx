import { BlockStack, Text } from '@shopify/polaris';
import { figure } from '#app/components/words.ts';

type ChangeTableProps = {
  changes: { path: string; before: string | null; after: string | null }[];
  /** How many more there were than are listed. */
  more: number;
};

const CELL = { padding: '4px 8px 4px 0', textAlign: 'start', verticalAlign: 'top' } as const;

/** What a setting was and what it is, side by side. */
export function ChangeTable({ changes, more }: ChangeTableProps) {
  return (
    <BlockStack gap="100">
      <table style={{ width: '100%', tableLayout: 'fixed', borderCollapse: 'collapse' }}>
        <thead>
          <tr>
            {['Setting', 'Before', 'After'].map((heading) => (
              <th key={heading} scope="col" style={CELL}>
                <Text as="span" variant="bodySm" tone="subdued" fontWeight="medium">
                  {heading}
                </Text>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {changes.map(({ path, before, after }) => (
            <tr key={path}>
              <th scope="row" style={CELL}>
                <Text as="span" variant="bodySm" fontWeight="regular" breakWord>
                  {path}
                </Text>
              </th>
              <Value text={before} />
              <Value text={after} />
            </tr>
          ))}
        </tbody>
      </table>
      {more <= 0 ? null : (
        <Text as="p" variant="bodySm" tone="subdued">
          {`and ${figure(more)} more`}
        </Text>
      )}
    </BlockStack>
  );
}

function Value({ text }: { text: string | null }) {
  return (
    <td style={CELL}>
      <Text as="span" variant="bodySm" tone={text === null || text === '' ? 'subdued' : undefined} breakWord>
        {text === null ? 'none' : text === '' ? 'blank' : text}
      </Text>
    </td>
  );
}
