import { useNavigate } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, Banner, BlockStack, Page } from '@shopify/polaris';
import { useState } from 'react';
import { ConfirmModal } from '../confirm-modal.tsx';
import { useAct } from '../use-act.ts';
import { MappingEditor, type EditorPage } from './mapping-editor.tsx';
import { EditorHelp } from './mapping-help.tsx';

type MappingPageFrameProps = {
  page: EditorPage & { title: string; enabled: boolean };
  isJustSaved: boolean;
  /** Tells one new mapping from another: what was typed belongs to one of them. */
  editorKey: string;
};

/** The page of one mapping: its actions around the editor. */
export function MappingPageFrame({ page, isJustSaved, editorKey }: MappingPageFrameProps) {
  const { id, title, enabled, isNew } = page;
  const { scope } = page.form;
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const list = `/app/mappings?scope=${scope}`;
  const toggle = useAct();
  const remove = useAct({ onDone: () => navigate(list) });
  const actions = isNew
    ? []
    : [
        { content: 'History', url: `/app/mappings/${id}/history` },
        { content: 'Duplicate', url: `/app/mappings/new?from=${id}` },
        {
          content: enabled ? 'Switch off' : 'Switch on',
          onAction: () => toggle.run({ intent: 'toggle', mappingId: id, enabled: !enabled }),
        },
        { content: 'Remove', destructive: true, onAction: () => setAsking(true) },
      ];
  const problem = toggle.problem ?? remove.problem;
  return (
    <Page
      title={title}
      backAction={{ content: 'Mappings', url: list }}
      titleMetadata={enabled ? null : <Badge tone="attention">Off</Badge>}
      secondaryActions={actions}
    >
      <TitleBar title={title} />
      <BlockStack gap="400">
        {problem === undefined ? null : <Banner tone="critical">{problem}</Banner>}
        {enabled ? null : (
          <Banner tone="warning">
            This mapping is switched off: files are read as if it were not there.
          </Banner>
        )}
        <MappingEditor key={editorKey} page={page} isJustSaved={isJustSaved} />
        <EditorHelp />
      </BlockStack>
      <ConfirmModal
        isOpen={isAsking}
        title={`Remove ${title}?`}
        confirm="Remove mapping"
        isDestructive
        isBusy={remove.isBusy}
        onConfirm={() => {
          setAsking(false);
          remove.run({ intent: 'remove', mappingId: id });
        }}
        onCancel={() => setAsking(false)}
      >
        Files that come from now on no longer set it. What Klaviyo holds stays. The mapping can be restored
        from the list of mappings.
      </ConfirmModal>
    </Page>
  );
}
