import { Badge, BlockStack, Box, Card, InlineStack, Link, Text } from '@shopify/polaris';
import { QUALITY_WORDS, type QualityKind } from '#app/domain/data-quality.ts';
import { tableAddress } from '../translations/table-address.ts';
import { figure } from '../words.ts';

export type Finding = {
  kind: QualityKind;
  count: number;
  isMore: boolean;
  examples: Example[];
};

type Example = {
  person: { id: string; key: string; code: string; name: string } | null;
  column: string;
  value: string;
  profileShows: string | null;
  seen: { times: number; first: string; last: string } | null;
};

/** One kind of problem: how many have it, what happens meanwhile, what to do, and a few of them. */
export function FindingCard({ finding }: { finding: Finding }) {
  const { kind, examples } = finding;
  const { title, meanwhile, fix } = QUALITY_WORDS[kind];
  return (
    <Card padding="0">
      <Box padding="400">
        <BlockStack gap="200">
          <InlineStack gap="200" blockAlign="center">
            <Text as="h2" variant="headingMd" breakWord>
              {title}
            </Text>
            <Badge tone="warning">{amount(finding)}</Badge>
          </InlineStack>
          <Text as="p">{meanwhile}</Text>
          <Text as="p">
            <Text as="span" fontWeight="semibold">
              What to do:
            </Text>{' '}
            {fix}
          </Text>
        </BlockStack>
      </Box>
      <ul style={{ listStyle: 'none', margin: 0, padding: 0 }} aria-label={`Examples: ${title}`}>
        {examples.map((example, place) => (
          <Box
            key={place}
            as="li"
            paddingInline="400"
            paddingBlock="200"
            borderBlockStartWidth="025"
            borderColor="border-secondary"
          >
            {example.person === null ? (
              <Value example={example} />
            ) : (
              <Person example={example} person={example.person} />
            )}
          </Box>
        ))}
      </ul>
      {finding.isMore || finding.count > examples.length ? (
        <Box
          paddingInline="400"
          paddingBlock="300"
          borderBlockStartWidth="025"
          borderColor="border-secondary"
        >
          <Text as="p" tone="subdued">
            {kind === 'unknown_store'
              ? 'The values seen most often. The download has all of them.'
              : 'Some of them. The download has everybody.'}
          </Text>
        </Box>
      ) : null}
    </Card>
  );
}

function amount({ kind, count, isMore }: Finding): string {
  const [one, many] = kind === 'unknown_store' ? ['value', 'values'] : ['person', 'people'];
  return `${figure(count)}${isMore ? '+' : ''} ${count === 1 && !isMore ? one : many}`;
}

function Person({ example, person }: { example: Example; person: NonNullable<Example['person']> }) {
  const { column, value, profileShows } = example;
  const code = person.code === '' || person.code === person.key ? '' : `, code ${person.code}`;
  return (
    <BlockStack gap="050">
      <Text as="span" breakWord>
        <Link url={`/app/records/customers/${person.id}`}>
          {person.name === '' ? `Customer ${person.key}` : person.name}
        </Link>{' '}
        <Text as="span" tone="subdued">
          {`${person.key}${code}`}
        </Text>
      </Text>
      {column === '' && value === '' ? null : (
        <Text as="span" tone="subdued" breakWord>
          {column === '' ? value : `${column}: ${value === '' ? '(blank)' : value}`}
        </Text>
      )}
      {profileShows === null ? null : (
        <Text as="span" tone="subdued" breakWord>
          {profileShows === person.key
            ? 'The profile shows this person.'
            : `Skipped: the profile shows person ${profileShows}.`}
        </Text>
      )}
    </BlockStack>
  );
}

function Value({ example: { column, value, seen } }: { example: Example }) {
  return (
    <BlockStack gap="050">
      <Text as="span" breakWord>
        {value}
      </Text>
      <Text as="span" tone="subdued" breakWord>
        {'Table '}
        <Link url={`${tableAddress(column)}?view=missing`}>{column}</Link>
        {seen === null ? '' : `, seen ${times(seen.times)}, last on ${seen.last}`}
      </Text>
    </BlockStack>
  );
}

function times(count: number): string {
  return count === 1 ? 'once' : `${figure(count)} times`;
}
