import { Banner, BlockStack, Button, InlineStack, Text } from '@shopify/polaris';
import { useAct } from '#app/components/use-act.ts';
import { UsedBy } from './used-by.tsx';

type AbsentTablesProps = { tables: { name: string; usedBy: { id: string; name: string }[] }[] };

/** Tables that mappings name and that nobody has made: files wait for them, so this is said first. */
export function AbsentTables({ tables }: AbsentTablesProps) {
  const act = useAct();
  if (tables.length === 0) {
    return null;
  }
  return (
    <Banner
      tone="critical"
      title={
        tables.length === 1
          ? 'A mapping uses a table that is not there'
          : 'Mappings use tables that are not there'
      }
    >
      <BlockStack gap="300">
        <Text as="p">
          Files cannot be read with these mappings. Create the table, empty for a start, or take it out of the
          mapping.
        </Text>
        {tables.map(({ name, usedBy }) => (
          <InlineStack key={name} gap="300" blockAlign="center">
            <Text as="p" breakWord>
              <Text as="span" fontWeight="semibold">
                {name}
              </Text>
              {'. '}
              <UsedBy uses={usedBy} />
            </Text>
            <Button
              loading={act.isBusy}
              accessibilityLabel={`Create table ${name}`}
              onClick={() => act.run({ intent: 'create', value: { name, rule: 'keep', text: '' } })}
            >
              Create
            </Button>
          </InlineStack>
        ))}
        {act.problem === undefined ? null : <Text as="p">{act.problem}</Text>}
      </BlockStack>
    </Banner>
  );
}
