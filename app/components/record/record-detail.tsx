import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, Banner, BlockStack, Page, Text, type PageProps } from '@shopify/polaris';
import { useState } from 'react';
import type { RecordKind } from '#app/domain/records.ts';
import type { RecordPage } from '#app/queries/record-page.server.ts';
import { ConfirmModal } from '../confirm-modal.tsx';
import { PageHelp } from '../page-help.tsx';
import { useAct } from '../use-act.ts';
import { useRefresh } from '../use-refresh.ts';
import { KIND_WORDS } from '../words.ts';
import { AttemptsCard } from './attempts-card.tsx';
import { ConsentCard } from './consent-card.tsx';
import { FactsCard } from './facts-card.tsx';
import { RelativesCard } from './relatives-card.tsx';
import { SourceAndPayload } from './source-and-payload.tsx';
import { StatusCard } from './status-card.tsx';
import { statusBadge } from './status-badge.ts';
import { useErase } from './use-erase.tsx';

type RecordDetailProps = {
  record: RecordPage;
  /** Previous and next within the filter that the person came from. */
  pagination?: PageProps['pagination'];
  /** The list to go back to, with its filter. */
  backUrl?: string;
};

/** One record from CSV cell to Klaviyo's answer, and what a person may do about it. */
export function RecordDetail({
  record,
  pagination,
  backUrl = `/app/records/${record.kind}`,
}: RecordDetailProps) {
  const act = useAct();
  const person = useErase(record.accounts);
  const problem = act.problem ?? person.problem;
  const [isSkipping, setSkipping] = useState(false);
  useRefresh(record.isLive);
  const { canRetry, canSyncNow, canSkip } = record.deeds;
  const badge = statusBadge(record.status);
  const noun = NOUNS[record.kind];
  const sends = [
    ...(canRetry ? [{ content: 'Retry', intent: 'retry' }] : []),
    ...(canSyncNow ? [{ content: 'Sync now', intent: 'sync' }] : []),
  ];
  return (
    <Page
      fullWidth
      title={record.title}
      titleMetadata={<Badge tone={badge.tone}>{badge.word}</Badge>}
      subtitle={record.connection}
      backAction={{ content: KIND_WORDS[record.kind], url: backUrl }}
      pagination={pagination}
      secondaryActions={[
        ...sends.map(({ content, intent }) => ({
          content,
          loading: act.busyWith === intent,
          disabled: act.isBusy,
          onAction: () => act.run({ intent }),
        })),
        ...(canSkip
          ? [{ content: 'Mark as skipped', disabled: act.isBusy, onAction: () => setSkipping(true) }]
          : []),
      ]}
      actionGroups={[...(person.actions.length === 0 ? [] : [{ title: 'Privacy', actions: person.actions }])]}
    >
      <TitleBar title={record.title} />
      <BlockStack gap="400">
        {problem === undefined ? null : (
          <Banner tone="critical" title="Nothing was changed">
            <Text as="p">{problem}</Text>
          </Banner>
        )}
        <div className="record-columns">
          <div className="record-columns__status">
            <StatusCard record={record} act={act} />
          </div>
          <div className="record-columns__main">
            <BlockStack gap="400">
              <SourceAndPayload record={record} />
              <AttemptsCard attempts={record.attempts} hasMore={record.hasMoreAttempts} />
            </BlockStack>
          </div>
          <div className="record-columns__rest">
            <BlockStack gap="400">
              <FactsCard record={record} />
              {record.consent === null ? null : <ConsentCard consent={record.consent} />}
              <RelativesCard record={record} />
            </BlockStack>
          </div>
        </div>
        <Help kind={record.kind} />
      </BlockStack>
      <ConfirmModal
        isOpen={isSkipping}
        title={`Mark this ${noun} as skipped?`}
        confirm={`Skip ${noun}`}
        isDestructive
        isBusy={act.isBusy}
        onConfirm={() => {
          setSkipping(false);
          act.run({ intent: 'skip' });
        }}
        onCancel={() => setSkipping(false)}
      >
        {`Klaviyo gets nothing of this ${noun} until a later file changes it. What Klaviyo has already stays there.`}
      </ConfirmModal>
      {person.modal}
    </Page>
  );
}

const NOUNS: Record<RecordKind, string> = { customers: 'customer', orders: 'order', rewards: 'reward' };

function Help({ kind }: { kind: RecordKind }) {
  return (
    <PageHelp
      words={[
        {
          word: 'Source',
          means: 'What Apparel21 wrote into its file about this record, cell by cell.',
        },
        {
          word: 'Payload',
          means: 'Exactly what Klaviyo gets. Choose a value to see which mapping and which rule made it.',
        },
        {
          word: 'Requests',
          means: 'Every message to Klaviyo that carried this record, and what Klaviyo answered.',
        },
        { word: 'Retry', means: 'Sends a failed record again with the next sync.' },
        { word: 'Sync now', means: 'Sends the record at once, even while data sync is off.' },
        {
          word: 'Mark as skipped',
          means: 'Sets the record aside. A later file that changes it brings it back.',
        },
        ...(kind === 'customers'
          ? [
              {
                word: 'Left in Klaviyo',
                means:
                  'The person unsubscribed in Klaviyo after Apparel21 was told yes. Nobody is subscribed again.',
              },
              {
                word: 'Erase this person',
                means:
                  'Removes everything that is held of the person, in all connections, and keeps later files from bringing them back.',
              },
            ]
          : [
              {
                word: 'Changed after send',
                means:
                  'A later file, mapping or time zone changed what Klaviyo already has. Klaviyo keeps the first event.',
              },
            ]),
      ]}
    >
      {`One ${NOUNS[kind]}, from the row in the file to Klaviyo’s answer: what it is, why, and what to do when it failed.`}
    </PageHelp>
  );
}
