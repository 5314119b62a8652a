import { useNavigate } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import {
  Badge,
  Banner,
  BlockStack,
  Box,
  Button,
  Card,
  InlineStack,
  Page,
  Select,
  Tabs,
  Text,
} from '@shopify/polaris';
import { useState } from 'react';
import { RECORD_KINDS, type RecordKind } from '#app/domain/records.ts';
import { ConfirmModal } from '../confirm-modal.tsx';
import { PageHelp } from '../page-help.tsx';
import { SaveBarForm } from '../save-bar-form.tsx';
import { useAct } from '../use-act.ts';
import { useSaveForm } from '../use-save-form.ts';
import { KIND_WORDS } from '../words.ts';
import { ColumnsFields } from './columns-fields.tsx';
import { ColumnsFile } from './columns-file.tsx';
import type { ColumnsView } from './columns-view.ts';

/** Which columns the files have, by kind; for the whole shop or for one connection. */
export function ColumnsPage({ page }: { page: ColumnsView }) {
  return (
    <Page title="Columns" backAction={{ content: 'Settings', url: '/app/settings' }}>
      <TitleBar title="Columns" />
      <BlockStack gap="400">
        <ColumnsEditor key={`${page.kind} ${page.connectionId}`} page={page} />
        <PageHelp words={WORDS}>
          Apparel21 lets every shop name the columns of its exports. Here you say which column holds what
          Threadline needs to tell records apart, to know whose they are and when they happened. What else
          becomes of a row is decided by the mappings.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

function ColumnsEditor({ page }: { page: ColumnsView }) {
  const { kind, connectionId, connections } = page;
  const navigate = useNavigate();
  const form = useSaveForm({
    saved: page.form,
    toBody: (value) => ({ intent: 'save', kind, connectionId, value, seen: page.form }),
  });
  const remove = useAct();
  const [leavingTo, setLeavingTo] = useState<string | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const connection = connections.find(({ id }) => id === connectionId);

  function go(next: { kind: RecordKind; connectionId: string | null }): void {
    const search = new URLSearchParams({ kind: next.kind });
    if (next.connectionId !== null) {
      search.set('connection', next.connectionId);
    }
    const address = `?${search}`;
    if (form.isDirty) {
      setLeavingTo(address);
    } else {
      navigate(address, { preventScrollReset: true });
    }
  }

  return (
    <SaveBarForm form={form}>
      <Card padding="0">
        <Tabs
          tabs={RECORD_KINDS.map((one) => ({ id: one, content: KIND_WORDS[one], panelID: 'columns' }))}
          selected={RECORD_KINDS.indexOf(kind)}
          onSelect={(index) => go({ kind: RECORD_KINDS[index] ?? kind, connectionId })}
        />
        <div id="columns" role="tabpanel" aria-labelledby={kind}>
          <Box padding="400">
            <BlockStack gap="400">
              <Select
                label="For"
                value={connectionId ?? ''}
                onChange={(id) => go({ kind, connectionId: id === '' ? null : id })}
                options={[
                  { value: '', label: 'The whole shop' },
                  ...connections.map(({ id, name, hasOwn }) => ({
                    value: id,
                    label: `${name}: ${hasOwn ? 'has its own' : 'uses the shop’s'}`,
                  })),
                ]}
              />
              {connection === undefined ? null : (
                <InlineStack gap="300" blockAlign="center">
                  <Badge tone={page.hasOwn ? 'info' : undefined}>
                    {page.hasOwn ? 'Has its own' : 'Uses the shop’s columns'}
                  </Badge>
                  <Text as="p">
                    {page.hasOwn
                      ? 'A blank field uses the shop’s column.'
                      : `Name a column here only if the ${kind} files of ${connection.name} call it otherwise.`}
                  </Text>
                </InlineStack>
              )}
              <ColumnsFile page={page} />
            </BlockStack>
          </Box>
        </div>
      </Card>
      <ColumnsFields page={page} form={form} />
      {remove.problem === undefined ? null : (
        <Banner tone="critical" title="Nothing was removed">
          <Text as="p">{remove.problem}</Text>
        </Banner>
      )}
      <Box paddingInline={{ xs: '400', sm: '0' }}>
        {connectionId === null ? (
          <Button onClick={() => form.change(page.preset)}>Reset to preset</Button>
        ) : page.hasOwn ? (
          <Button tone="critical" loading={remove.isBusy} onClick={() => setRemoving(true)}>
            Remove own columns
          </Button>
        ) : null}
      </Box>
      <ConfirmModal
        isOpen={isRemoving}
        title="Use the shop’s columns again?"
        confirm="Remove own columns"
        isDestructive
        onConfirm={() => {
          setRemoving(false);
          form.discard();
          remove.run({ intent: 'remove', kind, connectionId });
        }}
        onCancel={() => setRemoving(false)}
      >
        {`The next ${kind} file of ${connection?.name ?? ''} is read by the shop’s columns. Records stay as they are.`}
      </ConfirmModal>
      <ConfirmModal
        isOpen={leavingTo !== null}
        title="Leave without saving?"
        confirm="Discard changes"
        isDestructive
        onConfirm={() => {
          form.discard();
          navigate(leavingTo ?? '', { preventScrollReset: true });
          setLeavingTo(null);
        }}
        onCancel={() => setLeavingTo(null)}
      >
        What you changed here is not saved yet.
      </ConfirmModal>
    </SaveBarForm>
  );
}

const WORDS = [
  { word: 'Column', means: 'One column of an export, named by the first line of the file.' },
  {
    word: 'Newest file',
    means: 'The latest file of this kind. Its columns can be chosen; its rows give the examples.',
  },
  {
    word: 'Held',
    means:
      'A file that lacks a column named here is held: nothing of it is sent until the column is there, or another one is named and the file is released.',
  },
  {
    word: 'Preset',
    means: 'The column names of Apparel21’s own export templates, with which every shop starts.',
  },
  {
    word: 'Own columns',
    means:
      'What one connection calls otherwise than the rest of the shop. Everything else comes from the shop.',
  },
];
