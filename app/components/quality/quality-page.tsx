import { TitleBar } from '@shopify/app-bridge-react';
import { Banner, BlockStack, Box, Card, EmptyState, Page, Text } from '@shopify/polaris';
import { QUALITY_WORDS } from '#app/domain/data-quality.ts';
import { PageHelp } from '../page-help.tsx';
import { useAct } from '../use-act.ts';
import { FindingCard, type Finding } from './finding-card.tsx';

type QualityPageProps = {
  page: {
    connectionId: string;
    connection: string;
    isSample: boolean;
    findings: Finding[];
    isPartial: boolean;
    hasPeople: boolean;
  };
};

/** What a connection's data lacks, kind by kind, and the whole of it to download: to be put right in Apparel21. */
export function QualityPage({ page }: QualityPageProps) {
  const act = useAct();
  const findings = page.findings.filter(({ count }) => count > 0);
  return (
    <Page
      title="Data quality"
      subtitle={page.connection}
      backAction={
        page.isSample
          ? { content: 'Dashboard', url: '/app' }
          : { content: page.connection, url: `/app/settings/connections/${page.connectionId}` }
      }
      primaryAction={{
        content: 'Download CSV',
        onAction: () => act.run({ intent: 'download' }),
        loading: act.isBusy,
        disabled: findings.length === 0,
      }}
    >
      <TitleBar title="Data quality" />
      <BlockStack gap="400">
        {act.problem === undefined ? null : (
          <Banner tone="warning" title="Nothing was downloaded">
            <Text as="p">{act.problem}</Text>
          </Banner>
        )}
        {page.isPartial ? (
          <Banner tone="info">
            <Text as="p">
              Some people were read before Threadline looked for these problems. They are looked at when their
              next file brings them, or when a customer mapping is applied to existing records.
            </Text>
          </Banner>
        ) : null}
        {findings.length === 0 ? (
          <Nothing hasPeople={page.hasPeople} isPartial={page.isPartial} />
        ) : (
          <>
            <Box paddingInline={{ xs: '400', sm: '0' }}>
              <Text as="p">
                What to correct in Apparel21. A person leaves this list when a file brings the corrected row.
                The download has everybody, a line for each problem.
              </Text>
            </Box>
            {findings.map((finding) => (
              <FindingCard key={finding.kind} finding={finding} />
            ))}
          </>
        )}
        <PageHelp words={WORDS}>
          What Apparel21’s rows of this connection lack, as they stand in the newest file of each person. Rows
          that could not be read at all are on the page of their file; what Klaviyo itself refused is among
          the failed customers.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

function Nothing({ hasPeople, isPartial }: { hasPeople: boolean; isPartial: boolean }) {
  return (
    <Card>
      {hasPeople ? (
        <EmptyState
          heading={isPartial ? 'Nothing found so far' : 'Nothing to clean'}
          image="/empty-state.svg"
        >
          <Text as="p">
            {isPartial
              ? 'Nobody who was looked at has a problem. The others follow with their next file.'
              : 'Every person has an e-mail address or phone number that can be used, no address is shared, and every code has a translation.'}
          </Text>
        </EmptyState>
      ) : (
        <EmptyState
          heading="The report begins with the first customers file"
          image="/empty-state.svg"
          action={{ content: 'See files', url: '/app/files' }}
        >
          <Text as="p">
            It lists what to correct in Apparel21: addresses that cannot be used, people who share one, and
            unknown stores.
          </Text>
        </EmptyState>
      )}
    </Card>
  );
}

const WORDS = [
  {
    word: QUALITY_WORDS.shared_email.title,
    means:
      'Several people of Apparel21 have the same address. All of them are listed, with the one whom the profile shows.',
  },
  {
    word: QUALITY_WORDS.no_address.title,
    means: 'Both cells are blank. Who has something unusable written there is listed under that.',
  },
  {
    word: QUALITY_WORDS.unknown_store.title,
    means:
      'A value that a mapping of this connection looked up in a translation table and did not find, in any file of the shop.',
  },
];
