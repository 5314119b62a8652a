import { Banner, BlockStack, Text } from '@shopify/polaris';

type Problem = { id: string; connection: string | null; message: string; remedy: string };

/** What needs a person, the newest first: one banner, whatever the number. */
export function ProblemList({ problems }: { problems: Problem[] }) {
  if (problems.length === 0) {
    return null;
  }
  const title = problems.length === 1 ? 'One thing needs you' : `${problems.length} things need you`;
  return (
    <Banner tone="critical" title={title}>
      <BlockStack gap="200">
        {problems.map((problem) => (
          <Text key={problem.id} as="p" breakWord>
            {problem.connection === null ? '' : `${problem.connection}: `}
            {problem.remedy}
          </Text>
        ))}
      </BlockStack>
    </Banner>
  );
}
