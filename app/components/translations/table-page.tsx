import { useNavigate, useSearchParams } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { Banner, BlockStack, Card, Page, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { ConfirmModal } from '#app/components/confirm-modal.tsx';
import { PageHelp } from '#app/components/page-help.tsx';
import { SaveBarForm } from '#app/components/save-bar-form.tsx';
import { useAct } from '#app/components/use-act.ts';
import type { MissingRule } from '#app/domain/translation-entries.ts';
import { entryKey, missKey, type GridValue } from './grid-value.ts';
import { ImportCard } from './import-card.tsx';
import { LinesCard, type TableLines } from './lines-card.tsx';
import { RuleFields } from './rule-fields.tsx';
import { TRANSLATION_WORDS } from './translation-words.ts';
import { UsedBy } from './used-by.tsx';
import { useTableForm } from './use-table-form.ts';

type TablePageProps = {
  page: {
    name: string;
    rule: MissingRule;
    text: string;
    ruleWords: string;
    usedBy: { id: string; name: string }[];
  } & TableLines;
  mostCounted: number;
};

/** A translation table: its entries, its inbox of missing values, its rule, and what uses it. */
export function TablePage({ page, mostCounted }: TablePageProps) {
  const [search, setSearch] = useSearchParams();
  const [isAsking, setAsking] = useState(false);
  const navigate = useNavigate();
  const act = useAct();
  const removal = useAct({ onDone: () => navigate('/app/translations') });
  const saved: GridValue = { name: page.name, rule: page.rule, text: page.text };
  const table = useTableForm({
    saved,
    shown:
      page.view === 'all'
        ? page.entries.map(({ from }) => ({ key: entryKey(from), from }))
        : page.misses.map(({ value }) => ({ key: missKey(value), from: value })),
  });
  const { form } = table;
  const isImporting = search.has('import');

  function showImport(isShown: boolean): void {
    setSearch(isShown ? { import: '1' } : {}, { preventScrollReset: true });
  }

  return (
    <Page
      title={page.name}
      backAction={{ content: 'Translations', url: '/app/translations' }}
      primaryAction={{
        content: 'Add entry',
        onAction() {
          table.addRow();
          if (page.view === 'missing') {
            setSearch({}, { preventScrollReset: true });
          }
        },
      }}
      secondaryActions={[
        { content: 'Import CSV', onAction: () => showImport(true) },
        {
          content: 'Export CSV',
          loading: act.busyWith === 'export',
          onAction: () => act.run({ intent: 'export' }),
        },
        { content: 'Remove table', destructive: true, onAction: () => setAsking(true) },
      ]}
    >
      <TitleBar title={page.name} />
      <BlockStack gap="400">
        {[act.problem, removal.problem].map((problem) =>
          problem === undefined ? null : (
            <Banner key={problem} tone="critical" title="Nothing was changed">
              <Text as="p" breakWord>
                {problem}
              </Text>
            </Banner>
          ),
        )}
        {isImporting ? <ImportCard onClose={() => showImport(false)} /> : null}
        <SaveBarForm form={form}>
          <LinesCard page={page} table={table} act={act} mostCounted={mostCounted} />
          <Card>
            <BlockStack gap="300">
              <Text as="h2" variant="headingMd">
                Table
              </Text>
              <TextField
                label="Name"
                helpText="Mappings that use the table follow a new name."
                autoComplete="off"
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
        <Card>
          <BlockStack gap="200">
            <Text as="h2" variant="headingMd">
              Where it is used
            </Text>
            <Text as="p" breakWord>
              <UsedBy uses={page.usedBy} />
            </Text>
            <Text as="p" tone="subdued">
              What you save applies to the next file. Records that are in Klaviyo already keep their values
              until a file brings them again, or until you apply the mapping to existing records on its page.
            </Text>
          </BlockStack>
        </Card>
        <PageHelp words={TRANSLATION_WORDS}>
          One line for each value: what stands in the file, and what Klaviyo gets instead. You can change
          lines on several pages of the list and save them together.
        </PageHelp>
      </BlockStack>
      <ConfirmModal
        isOpen={isAsking}
        title={`Remove ${page.name}?`}
        confirm="Remove table"
        isDestructive
        isBusy={removal.isBusy}
        onConfirm={() => {
          setAsking(false);
          removal.run({ intent: 'remove' });
        }}
        onCancel={() => setAsking(false)}
      >
        Its entries are removed with it. Values that were sent to Klaviyo stay there. Export the table first
        if you may need it again.
      </ConfirmModal>
    </Page>
  );
}
