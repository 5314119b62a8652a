import { Banner, BlockStack, Card, InlineStack, Link, Text } from '@shopify/polaris';
import { Fragment } from 'react';
import type { RecordKind, RecordStatus } from '#app/domain/records.ts';
import { figure, KIND_WORDS, RECORD_WORDS } from '../words.ts';

type Rows = {
  read: number;
  created: number;
  changed: number;
  unchanged: number;
  folded: number;
  rejected: number;
};

type BalanceSheetProps = {
  kind: RecordKind | null;
  runId: string | null;
  rows: Rows;
  totalRows: number;
  isBalanced: boolean;
  /** Null = nothing can be said. */
  flowEvents: number | null;
  /** Nothing of the file became a record: it was only tried. */
  isTest: boolean;
  records: { status: RecordStatus; count: number; isMore: boolean }[];
};

type Term = { word: string; count: number; url?: string };

/** What became of the rows of a file, as an equation, and of the records that came from them. */
export function BalanceSheet(props: BalanceSheetProps) {
  const { kind, runId, rows, isTest, records } = props;
  const page = kind === null || runId === null || isTest ? null : `/app/records/${kind}?run=${runId}`;
  const terms: Term[] = [
    { word: 'created', count: rows.created, url: page ?? undefined },
    { word: 'changed', count: rows.changed, url: page ?? undefined },
    { word: 'unchanged', count: rows.unchanged },
    { word: 'folded', count: rows.folded },
    { word: 'rejected', count: rows.rejected, url: isTest ? '#preview-rejected' : '#problems' },
  ];
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          Balance
        </Text>
        {props.isBalanced ? null : (
          <Banner tone="critical" title="This does not add up">
            {`The file has ${figure(props.totalRows)} rows and ${figure(rows.read)} were read; what became of them must come to the same. `}
            This is a fault of Threadline: please send support the name of this file.
          </Banner>
        )}
        <InlineStack gap="300" blockAlign="start">
          <Figure term={{ word: rows.read === 1 ? 'row read' : 'rows read', count: rows.read }} />
          {terms.map((term, index) => (
            <Fragment key={term.word}>
              <Text as="span" variant="headingLg" tone="subdued">
                {index === 0 ? '=' : '+'}
              </Text>
              <Figure term={term} />
            </Fragment>
          ))}
        </InlineStack>
        <FlowEvents count={props.flowEvents} isTest={isTest} />
        <Records kind={kind} page={page} isTest={isTest} records={records} />
      </BlockStack>
    </Card>
  );
}

function Figure({ term: { word, count, url } }: { term: Term }) {
  return (
    <BlockStack>
      <Text as="span" variant="headingLg" numeric>
        {figure(count)}
      </Text>
      {url === undefined || count === 0 ? (
        <Text as="span" tone="subdued">
          {word}
        </Text>
      ) : (
        <Link url={url} accessibilityLabel={`${figure(count)} ${word}`}>
          {word}
        </Link>
      )}
    </BlockStack>
  );
}

function FlowEvents({ count, isTest }: { count: number | null; isTest: boolean }) {
  if (count === null) {
    return null;
  }
  const why =
    count > 0
      ? `Flows in Klaviyo that wait for such events ${isTest ? 'would start' : 'start'} when they arrive. Is this old history? Then set the history cut-off of the connection, or use the bulk lane.`
      : 'Everything in it is history, was sent before, or is not sent: no flow starts because of this file.';
  return (
    <BlockStack gap="100">
      <Text as="h3" variant="headingSm">
        {`Events that could start flows: ${figure(count)}`}
      </Text>
      <Text as="p" variant="bodySm" tone="subdued">
        {why}
      </Text>
    </BlockStack>
  );
}

function Records({
  kind,
  page,
  isTest,
  records,
}: Pick<BalanceSheetProps, 'kind' | 'isTest' | 'records'> & { page: string | null }) {
  if (isTest) {
    return (
      <Text as="p" tone="subdued">
        This is what would become of the rows. Nothing was stored and nothing was sent.
      </Text>
    );
  }
  if (records.length === 0 || page === null) {
    return (
      <Text as="p" tone="subdued">
        No {kind ?? 'records'} came from this file, or later files have brought all of them again.
      </Text>
    );
  }
  return (
    <BlockStack gap="100">
      <Text as="h3" variant="headingSm">
        {`What became of its ${kind}`}
      </Text>
      <InlineStack gap="400">
        {records.map(({ status, count, isMore }) => (
          <Text key={status} as="span" tone={status === 'failed' ? 'critical' : undefined}>
            <Link url={`${page}&status=${status}`} monochrome={status === 'failed'}>
              {`${figure(count)}${isMore ? '+' : ''} ${RECORD_WORDS[status].word}`}
            </Link>
          </Text>
        ))}
      </InlineStack>
      <Text as="p" variant="bodySm" tone="subdued">
        {`${KIND_WORDS[kind ?? 'customers']} that a later file changed are counted there.`}
      </Text>
    </BlockStack>
  );
}
