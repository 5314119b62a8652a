import { useNavigate } from '@remix-run/react';
import { BlockStack, Button, Card, InlineStack, Text, TextField } from '@shopify/polaris';
import { useRef } from 'react';
import { SaveBarForm } from '#app/components/save-bar-form.tsx';
import { useSaveForm } from '#app/components/use-save-form.ts';
import type { MissingRule } from '#app/domain/translation-entries.ts';
import { RuleFields } from './rule-fields.tsx';
import { tableAddress } from './table-address.ts';

type AddTableFormProps = { onDiscard: () => void };

const EMPTY: { name: string; rule: MissingRule; text: string } = { name: '', rule: 'keep', text: '' };

/** A new table: its name and its rule. Saving leads to the page where its entries are typed or imported. */
export function AddTableForm({ onDiscard }: AddTableFormProps) {
  const navigate = useNavigate();
  const wanted = useRef('');
  const form = useSaveForm({
    saved: EMPTY,
    intent: 'create',
    onSaved: () => navigate(tableAddress(wanted.current)),
  });
  function save(): void {
    wanted.current = form.value.name.trim();
    form.save();
  }
  function discard(): void {
    form.discard();
    onDiscard();
  }
  return (
    <SaveBarForm form={{ ...form, save, discard }}>
      <Card>
        <BlockStack gap="300">
          <InlineStack align="space-between" blockAlign="center">
            <Text as="h2" variant="headingMd">
              New table
            </Text>
            <Button variant="tertiary" onClick={discard}>
              Cancel
            </Button>
          </InlineStack>
          <TextField
            label="Name"
            helpText="Mappings find the table by this name, for example stores."
            autoComplete="off"
            autoFocus
            value={form.value.name}
            error={form.problem('name')}
            onChange={(name) => form.change({ name })}
          />
          <RuleFields
            rule={form.value.rule}
            text={form.value.text}
            problem={form.problem('text')}
            onChange={form.change}
          />
        </BlockStack>
      </Card>
    </SaveBarForm>
  );
}
