import { BlockStack, Card, EmptyState, Text } from '@shopify/polaris';
import { laneDirectories } from '#app/domain/lanes.ts';

type NoFilesProps = { host: string | null; connections: { name: string; directory: string }[] };

/** The list of files of a shop that none has come to: where to put one and what to call it. */
export function NoFiles({ host, connections }: NoFilesProps) {
  const first = connections[0];
  if (host === null || first === undefined) {
    return (
      <Card>
        <EmptyState
          heading="Files appear here once SFTP and Klaviyo are connected"
          image="/empty-state.svg"
          action={{ content: 'Open settings', url: '/app/settings' }}
        >
          <p>
            Apparel21 puts its exports on an SFTP server. Tell Threadline where, and which Klaviyo account
            they go to.
          </p>
        </EmptyState>
      </Card>
    );
  }
  return (
    <Card>
      <EmptyState heading="Waiting for the first file" image="/empty-state.svg">
        <BlockStack gap="300">
          <Text as="p">Have Apparel21 put its exports on {host}, into the folder of the connection:</Text>
          {connections.map(({ name, directory }) => (
            <Text key={directory} as="p" breakWord>
              <strong>{directory}</strong> for {name}
            </Text>
          ))}
          <Text as="p">The name says what is in the file and when it was made, in UTC:</Text>
          <Text as="p" breakWord>
            <strong>customers_20260131T201500Z.csv</strong>
          </Text>
          <Text as="p">
            To try one first, put it into {laneDirectories(first.directory).test}: you see what it would send,
            and nothing is sent.
          </Text>
        </BlockStack>
      </EmptyState>
    </Card>
  );
}
