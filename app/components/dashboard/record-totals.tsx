import { BlockStack, Card, InlineGrid, InlineStack, Link, Text } from '@shopify/polaris';
import { RECORD_KINDS, type RecordKind, type RecordStatus } from '#app/domain/records.ts';
import { figure, KIND_WORDS } from '../words.ts';

type Counts = Record<RecordStatus | 'total', number>;

type RecordTotalsProps = {
  totals: Record<RecordKind, Counts>;
  /** Only of this connection; in the links, too. */
  connectionId?: string;
};

/** The statuses that have a tab of their own, in the order of urgency; "sending" is short-lived and counts as pending. */
const SHOWN: { status: RecordStatus; word: string }[] = [
  { status: 'synced', word: 'synced' },
  { status: 'pending', word: 'pending' },
  { status: 'waiting', word: 'waiting' },
  { status: 'failed', word: 'failed' },
  { status: 'skipped', word: 'skipped' },
  { status: 'held', word: 'held' },
];

/** Customers, orders and rewards: how many there are and what became of them; every figure leads to its list. */
export function RecordTotals({ totals, connectionId }: RecordTotalsProps) {
  return (
    <InlineGrid columns={{ xs: 1, sm: 3 }} gap="400">
      {RECORD_KINDS.map((kind) => (
        <Card key={kind}>
          <RecordTotal kind={kind} counts={totals[kind]} connectionId={connectionId} />
        </Card>
      ))}
    </InlineGrid>
  );
}

/** One kind of record as figures with links. */
export function RecordTotal({
  kind,
  counts,
  connectionId,
  isSmall = false,
}: {
  kind: RecordKind;
  counts: Counts;
  connectionId?: string;
  /** Beside others of its kind, in a card of several. */
  isSmall?: boolean;
}) {
  function address(status?: RecordStatus): string {
    const query = new URLSearchParams();
    if (status !== undefined) {
      query.set('status', status);
    }
    if (connectionId !== undefined) {
      query.set('connection', connectionId);
    }
    const text = query.toString();
    return `/app/records/${kind}${text === '' ? '' : `?${text}`}`;
  }
  const pending = counts.pending + counts.sending;
  return (
    <BlockStack gap={isSmall ? '100' : '200'}>
      <Text as={isSmall ? 'h4' : 'h2'} variant="headingSm">
        <Link url={address()} removeUnderline monochrome>
          {isSmall ? `${figure(counts.total)} ${KIND_WORDS[kind].toLowerCase()}` : KIND_WORDS[kind]}
        </Link>
      </Text>
      {isSmall ? null : (
        <Text as="p" variant="headingXl" numeric>
          {figure(counts.total)}
        </Text>
      )}
      <InlineStack gap="300" wrap>
        {SHOWN.map(({ status, word }) => {
          const count = status === 'pending' ? pending : counts[status];
          const isAlways = status === 'synced' || status === 'pending' || status === 'failed';
          return count > 0 || isAlways ? (
            <Link key={status} url={address(status)} removeUnderline>
              {`${figure(count)} ${word}`}
            </Link>
          ) : null;
        })}
      </InlineStack>
    </BlockStack>
  );
}
