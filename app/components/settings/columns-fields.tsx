import { Banner, BlockStack, Box, Card, Text } from '@shopify/polaris';
import { COLUMN_FIELDS } from '#app/domain/column-fields.ts';
import type { RecordKind } from '#app/domain/records.ts';
import type { SaveForm } from '../use-save-form.ts';
import { ColumnsField } from './columns-field.tsx';
import type { ColumnsView } from './columns-view.ts';

type ColumnsFieldsProps = { page: ColumnsView; form: SaveForm<Record<string, string>> };

/** A field for each column that a kind of file is asked for, the required ones first. */
export function ColumnsFields({ page, form }: ColumnsFieldsProps) {
  const { kind } = page;
  const required = COLUMN_FIELDS[kind].filter(({ isRequired }) => isRequired);
  const others = COLUMN_FIELDS[kind].filter(({ isRequired }) => !isRequired);
  const isOtherKey = form.isDirty && effective(page, form.value) !== effective(page, page.form);
  return (
    <>
      <Card>
        <BlockStack gap="400">
          <Text as="h2" variant="headingMd">
            Needed
          </Text>
          {required.map((field) => (
            <ColumnsField key={field.field} field={field} page={page} form={form} />
          ))}
          {isOtherKey ? (
            <Banner tone="warning" title="Another ID makes every record a new one">
              <Text as="p">{NEW_KEY[kind]}</Text>
            </Banner>
          ) : null}
        </BlockStack>
      </Card>
      {others.length === 0 ? null : (
        <Card>
          <BlockStack gap="400">
            <BlockStack gap="100">
              <Text as="h2" variant="headingMd">
                Optional
              </Text>
              <Text as="p" tone="subdued">
                {page.connectionId === null ? BLANK_IN_SHOP : BLANK_IN_CONNECTION}
              </Text>
            </BlockStack>
            {others.map((field) => (
              <ColumnsField key={field.field} field={field} page={page} form={form} />
            ))}
          </BlockStack>
        </Card>
      )}
      <Box paddingInline={{ xs: '400', sm: '0' }}>
        <Text as="p" tone="subdued">
          What you save counts from the next file on. Every row of the next full file is then worked out anew,
          and what comes out differently for Klaviyo is sent.
        </Text>
      </Box>
    </>
  );
}

const BLANK_IN_SHOP =
  'Leave a field blank if the export has no such column: a file without a column that is named here is held.';

/** A connection cannot do without a column that the shop names. */
const BLANK_IN_CONNECTION =
  'A blank field uses the shop’s column: a file without that one is held. A column that this connection does not have at all must be left out for the whole shop.';

/** The column that tells records apart. */
function effective(page: ColumnsView, form: Record<string, string>): string {
  return (form['primaryKey'] ?? '').trim() || (page.inherited['primaryKey'] ?? '');
}

const NEW_KEY: Record<RecordKind, string> = {
  customers:
    'Threadline knows customers by this ID. With another one each row of the next file is a new customer and is sent, and orders find their customers only by the new ID. What is stored under the old IDs stays.',
  orders:
    'Threadline knows orders by this ID. With another one each order of the next file is a new one: its event reaches Klaviyo a second time.',
  rewards:
    'Threadline knows rewards by this ID. With another one each reward of the next file is a new one: its event reaches Klaviyo a second time.',
};
