import { useNavigate, useRevalidator } from '@remix-run/react';
import {
  Banner,
  BlockStack,
  Button,
  Card,
  InlineGrid,
  List,
  Select,
  Text,
  TextField,
} from '@shopify/polaris';
import { useRef, useState } from 'react';
import {
  formProblems,
  fromMappingForm,
  unreachableFrom,
  type MappingForm,
} from '#app/domain/mapping-form.ts';
import { SCOPE_WORDS } from '#app/domain/mapping-words.ts';
import { MAPPING_SCOPES, type MappingScope } from '#app/domain/rules.ts';
import { SaveBarForm } from '../save-bar-form.tsx';
import { useSaveForm } from '../use-save-form.ts';
import { ApplyCard, type RemapTask } from './apply-card.tsx';
import { BlankFields } from './blank-fields.tsx';
import { PreviewCard } from './preview-card.tsx';
import { RuleList } from './rule-list.tsx';
import { TargetField } from './target-field.tsx';
import { usePreview, type RowChoice } from './use-preview.ts';

export type EditorPage = {
  id: string;
  isNew: boolean;
  form: MappingForm;
  connections: { id: string; name: string }[];
  columns: Record<MappingScope, string[]>;
  knownTargets: Record<MappingScope, string[]>;
  twins: { id: string; name: string }[];
  tables: string[];
  task: RemapTask | null;
};

type MappingEditorProps = {
  page: EditorPage;
  /** It was saved a moment ago: what about the records that are there already? */
  isJustSaved: boolean;
};

/** The form of one mapping with its preview. */
export function MappingEditor({ page, isJustSaved }: MappingEditorProps) {
  const navigate = useNavigate();
  const { revalidate } = useRevalidator();
  // The id that a new mapping will have stays the same when the page's data are read again: a repeat makes no second one.
  const [id] = useState(page.id);
  const [made, setMade] = useState<MappingForm | null>(null);
  const [row, setRow] = useState<RowChoice>({ by: 'newest', offset: 0 });
  const sent = useRef<MappingForm | null>(null);
  const form = useSaveForm<MappingForm>({
    saved: made ?? page.form,
    toBody(value) {
      sent.current = value;
      const { version, connectionId } = value;
      const draft = fromMappingForm(value);
      return {
        intent: 'save',
        mappingId: id,
        value: { ...draft, version, connectionId: connectionId === '' ? null : connectionId },
      };
    },
    onSaved() {
      if (page.isNew) {
        setMade(sent.current);
      }
      navigate(`/app/mappings/${id}?saved=1`, { replace: true, preventScrollReset: true });
    },
  });
  const { value } = form;
  const { scope } = value;
  const connectionId = value.connectionId === '' ? null : value.connectionId;
  const state = usePreview({
    connectionId,
    mappingId: page.isNew ? null : id,
    draft: fromMappingForm(value),
    row,
  });
  const local = formProblems(value);
  // What the preview says of half a rule would only disturb; of a text that stands there it helps.
  const live = (state.preview?.problems ?? []).filter(({ field }) => /\.(template|value)$/.test(field));
  function problem(field: string): string | undefined {
    const ofPage = local.find((one) => one.field === field)?.message;
    const ofPreview = form.isDirty ? live.find((one) => one.field === field)?.message : undefined;
    return ofPage ?? form.problem(field) ?? ofPreview;
  }
  const guarded = {
    ...form,
    save() {
      if (local.length === 0) {
        form.save();
      } else {
        document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      }
    },
  };
  const samples = new Map(state.preview?.row?.columns.map((one) => [one.name, one.value]));
  const columns = [...new Set([...page.columns[scope], ...samples.keys()])].map((name) => ({
    name,
    value: samples.get(name),
  }));
  return (
    <SaveBarForm form={guarded}>
      {/* Enter in a field submits the form only where there is a button to do so. */}
      <span hidden>
        <button type="submit" tabIndex={-1} aria-hidden>
          Save
        </button>
      </span>
      <ConflictBanner
        message={form.problem('version')}
        onReload={() => {
          form.discard();
          revalidate();
        }}
      />
      {isJustSaved && !page.isNew && !form.isDirty ? (
        <ApplyCard
          key={page.form.version}
          mappingId={id}
          connectionId={connectionId}
          scope={scope}
          task={page.task}
          onClose={() => navigate(`/app/mappings/${id}`, { replace: true, preventScrollReset: true })}
        />
      ) : null}
      <InlineGrid columns={{ xs: 1, md: ['twoThirds', 'oneThird'] }} gap="400">
        <BlockStack gap="400">
          <Basics page={page} value={value} onChange={form.change} problem={problem} />
          <RuleList
            rules={value.rules}
            onChange={(rules) => form.change({ rules })}
            problem={problem}
            columns={columns}
            tables={page.tables}
            preview={state.preview}
            unreachableFrom={unreachableFrom(value.rules)}
          />
          <BlankFields value={value} onChange={form.change} error={problem('blank')} />
        </BlockStack>
        <div>
          <div style={{ position: 'sticky', top: 16 }}>
            <PreviewCard scope={scope} state={state} row={row} onRow={setRow} />
          </div>
        </div>
      </InlineGrid>
    </SaveBarForm>
  );
}

type BasicsProps = {
  page: EditorPage;
  value: MappingForm;
  onChange: (part: Partial<MappingForm>) => void;
  problem: (field: string) => string | undefined;
};

function Basics({ page, value, onChange, problem }: BasicsProps) {
  const { scope } = value;
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          What it sets
        </Text>
        {page.isNew ? (
          <Select
            label="Scope"
            options={MAPPING_SCOPES.map((one) => ({ value: one, label: SCOPE_WORDS[one] }))}
            value={scope}
            onChange={(chosen) => onChange({ scope: chosen as MappingScope })}
            helpText="Which rows it reads. It cannot be changed later."
          />
        ) : (
          <Text as="p">{`Scope: ${SCOPE_WORDS[scope]}`}</Text>
        )}
        <TargetField
          scope={scope}
          value={value.target}
          onChange={(target) => onChange({ target })}
          known={page.knownTargets[scope]}
          error={problem('target')}
        />
        <Twins twins={page.twins} />
        <TextField
          label="Description"
          value={value.description}
          onChange={(description) => onChange({ description })}
          error={problem('description')}
          helpText="For your team; Klaviyo does not get it."
          autoComplete="off"
        />
        <Select
          label="Connection"
          options={[
            { value: '', label: 'All connections' },
            ...page.connections.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          value={value.connectionId}
          onChange={(connectionId) => onChange({ connectionId })}
          error={problem('connectionId')}
          helpText={
            value.connectionId === ''
              ? 'Counts for every connection that has no mapping of its own for this target.'
              : 'In this connection it replaces the mappings of this target that count for all connections.'
          }
        />
      </BlockStack>
    </Card>
  );
}

function Twins({ twins }: { twins: EditorPage['twins'] }) {
  if (twins.length === 0) {
    return null;
  }
  return (
    <Banner tone="info" title="Other mappings set this target, too">
      <BlockStack gap="100">
        <Text as="p">They are asked in the order of the list; the first that gives something wins.</Text>
        <List>
          {twins.map(({ id, name }) => (
            <List.Item key={id}>
              <Button variant="plain" url={`/app/mappings/${id}`}>
                {name}
              </Button>
            </List.Item>
          ))}
        </List>
      </BlockStack>
    </Banner>
  );
}

function ConflictBanner({ message, onReload }: { message: string | undefined; onReload: () => void }) {
  if (message === undefined) {
    return null;
  }
  return (
    <div data-form-problem tabIndex={-1}>
      <Banner
        tone="critical"
        title="Somebody else changed this mapping"
        action={{ content: 'Discard mine and show theirs', onAction: onReload }}
      >
        <Text as="p">{message}</Text>
      </Banner>
    </div>
  );
}
