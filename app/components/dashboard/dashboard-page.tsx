import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, Banner, BlockStack, Page, Text } from '@shopify/polaris';
import type { ComponentProps } from 'react';
import { PageHelp } from '../page-help.tsx';
import { useRefresh } from '../use-refresh.ts';
import { figure } from '../words.ts';
import { Attention } from './attention.tsx';
import { Connections } from './connections.tsx';
import { LatestFiles } from './latest-files.tsx';
import { LiveCard } from './live-card.tsx';
import { PausedNotice } from './paused-notice.tsx';
import { RecordTotals } from './record-totals.tsx';
import { SetUpGuide } from './set-up-guide.tsx';
import { TrendCard } from './trend-card.tsx';

type DashboardPageProps = {
  status: {
    timezone: string;
    dataSync: boolean;
    guide: ComponentProps<typeof SetUpGuide>['steps'] | null;
    hasSample: boolean;
    alert: ComponentProps<typeof Attention>['alert'];
    otherAlerts: number;
    connections: ComponentProps<typeof Connections>['connections'];
    totals: ComponentProps<typeof RecordTotals>['totals'];
    running: ComponentProps<typeof LiveCard>['running'];
    travelling: ComponentProps<typeof LiveCard>['travelling'];
    underWay: ComponentProps<typeof LiveCard>['underWay'];
    trend: ComponentProps<typeof TrendCard>['trend'];
    files: ComponentProps<typeof LatestFiles>['files'];
  };
  days: number;
  at: number;
};

/** The home page: what needs a person, what is under way, what Klaviyo holds. Follows along by itself. */
export function DashboardPage({ status, days, at }: DashboardPageProps) {
  const isLive = status.running.length > 0 || status.travelling.length > 0;
  useRefresh(isLive);
  const pending = Object.values(status.totals).reduce((sum, counts) => sum + counts.pending, 0);
  return (
    <Page
      title="Dashboard"
      titleMetadata={status.dataSync ? undefined : <Badge tone="attention">Data sync off</Badge>}
      subtitle={`What Apparel21 sent and what Klaviyo holds. Times are in ${status.timezone}.`}
    >
      <TitleBar title="Dashboard" />
      <BlockStack gap="400">
        <Attention alert={status.alert} others={status.otherAlerts} />
        <PausedNotice paused={status.connections.filter(({ state }) => state === 'paused')} />
        {status.dataSync || pending === 0 ? null : (
          <Banner tone="info" action={{ content: 'Open automation', url: '/app/settings/automation' }}>
            <Text as="p">{`Data sync is off: ${figure(pending)} records wait until somebody sends them.`}</Text>
          </Banner>
        )}
        {status.guide === null ? null : <SetUpGuide steps={status.guide} hasSample={status.hasSample} />}
        {isLive ? (
          <LiveCard
            running={status.running}
            travelling={status.travelling}
            underWay={status.underWay}
            at={at}
          />
        ) : null}
        <RecordTotals totals={status.totals} />
        <TrendCard trend={status.trend} days={days} />
        {status.connections.length === 0 ? null : <Connections connections={status.connections} />}
        <LatestFiles files={status.files} />
        <PageHelp words={WORDS}>
          The dashboard shows in one look whether yesterday’s shoppers are in Klaviyo. Every figure leads to
          its list.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

const WORDS = [
  {
    word: 'Connection',
    means: 'One Klaviyo account: its name, its private key and the folder its files come from.',
  },
  {
    word: 'Due',
    means: 'Read from a file and not sent yet, and nothing keeps it back: it goes with the next requests.',
  },
  {
    word: 'Paused',
    means:
      'A person stopped a connection. Within seconds nothing is read or sent any more, until somebody resumes it.',
  },
  { word: 'Synced', means: 'Klaviyo has confirmed that it holds what Apparel21 sent last.' },
  { word: 'Pending', means: 'Read from a file, not sent yet.' },
  {
    word: 'Waiting',
    means: 'An order or reward whose customer has not arrived in Klaviyo yet. It goes by itself.',
  },
  {
    word: 'Failed',
    means: 'Klaviyo refused it, or the row has no usable e-mail, phone or key. Its page says what to do.',
  },
  { word: 'Skipped', means: 'A rule or a person said that it should not be sent.' },
];
