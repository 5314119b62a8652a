import { useLocation, useNavigation } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, Banner, BlockStack, Card, EmptyState, Page, Text } from '@shopify/polaris';
import type { RecordKind } from '#app/domain/records.ts';
import { PageHelp } from '../page-help.tsx';
import { useAct } from '../use-act.ts';
import { useRefresh } from '../use-refresh.ts';
import { KIND_WORDS } from '../words.ts';
import { RecordFilters } from './record-filters.tsx';
import { RecordTable } from './record-table.tsx';
import { RecordTasks } from './record-tasks.tsx';
import type { RecordsList } from './records-list.ts';

/** Customers, orders or rewards: a list with tabs, search, filters and what can be done to many. */
export function RecordsPage({ list, dataSync }: { list: RecordsList; dataSync: boolean }) {
  const { kind } = list;
  const title = KIND_WORDS[kind];
  const navigation = useNavigation();
  const location = useLocation();
  const act = useAct();
  useRefresh(list.isLive);
  const isLoading = navigation.state === 'loading' && navigation.location.pathname === location.pathname;
  return (
    <Page
      title={title}
      fullWidth
      titleMetadata={dataSync ? undefined : <Badge tone="attention">Data sync off</Badge>}
    >
      <TitleBar title={title} />
      <BlockStack gap="400">
        {act.problem === undefined ? null : (
          <Banner tone="warning" title="Nothing was changed">
            <Text as="p">{act.problem}</Text>
          </Banner>
        )}
        <RecordTasks tasks={list.tasks} kind={kind} />
        {list.isEmpty ? (
          <NoneYet kind={kind} />
        ) : (
          <Card padding="0">
            <RecordFilters key={`filters ${kind}`} list={list} isLoading={isLoading} />
            {/* Another page, filter or sort: what was selected there is not selected here. */}
            <RecordTable
              key={`table ${kind}${location.search}`}
              list={list}
              isLoading={isLoading}
              act={act}
            />
          </Card>
        )}
        <PageHelp words={WORDS}>{PURPOSE[kind]}</PageHelp>
      </BlockStack>
    </Page>
  );
}

const FIRST: Record<RecordKind, string> = {
  customers: 'Put a customers file into a connection’s folder, or wait for Apparel21 to do so.',
  orders: 'Put an orders file into a connection’s folder, or wait for Apparel21 to do so.',
  rewards: 'Put a rewards file into a connection’s folder, or wait for Apparel21 to do so.',
};

function NoneYet({ kind }: { kind: RecordKind }) {
  return (
    <Card>
      <EmptyState
        heading={`${KIND_WORDS[kind]} appear here after the first file`}
        image="/empty-state.svg"
        action={{ content: 'See files', url: '/app/files' }}
      >
        <Text as="p">{`${FIRST[kind]} Each row becomes one line here, with what Klaviyo made of it.`}</Text>
      </EmptyState>
    </Card>
  );
}

const PURPOSE: Record<RecordKind, string> = {
  customers:
    'Every person of Apparel21 and whether Klaviyo has them as they are now. Open one to see the row, what was sent and why.',
  orders:
    'Every in-store order and whether its event is in Klaviyo. Open one to see its items and what was sent.',
  rewards: 'Every reward and whether its event is in Klaviyo. Open one to see its row and what was sent.',
};

const WORDS = [
  {
    word: 'Pending',
    means:
      'Imported and not sent yet, or on its way just now. With data sync off it stays here until somebody presses Sync.',
  },
  {
    word: 'Waiting',
    means:
      'An order or reward whose customer has not reached Klaviyo yet. It goes by itself when the customer has.',
  },
  {
    word: 'Failed',
    means:
      'Something keeps it from Klaviyo; the reason says what. Correct it in Apparel21 or in the mapping, or press Retry.',
  },
  { word: 'Synced', means: 'Klaviyo has it as it stands in the newest file.' },
  { word: 'Skipped', means: 'Left out on purpose: by a rule of a mapping, or because somebody marked it.' },
  { word: 'Held', means: 'Kept back until somebody decides.' },
  {
    word: 'Sync',
    means: 'Sends the chosen ones now, also while data sync is off. Failed ones are tried again.',
  },
];
