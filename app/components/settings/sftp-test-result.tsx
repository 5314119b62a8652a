import { Banner, BlockStack, Link, List, Text } from '@shopify/polaris';
import { FolderList, type FolderLine } from './sftp-folder-list.tsx';

/** What a test of the SFTP account found, as the action answers it. */
export type SftpTest =
  | {
      outcome: 'works';
      hostKey: string;
      isConfirmed: boolean;
      connections: { name: string; folders: FolderLine[] }[];
      topFolders: string[];
    }
  | { outcome: 'host-key-changed'; shown: string; confirmed: string }
  | { outcome: 'unreachable'; message: string }
  | { outcome: 'refused'; problems: { field: string; message: string }[] };

/** The folders that the server shows, or why it shows none. A changed fingerprint is told elsewhere. */
export function SftpTestResult({ test }: { test: SftpTest }) {
  if (test.outcome === 'host-key-changed') {
    return null;
  }
  if (test.outcome === 'unreachable') {
    return (
      <Banner tone="warning" title="The server does not answer">
        <Text as="p" breakWord>
          {test.message}
        </Text>
      </Banner>
    );
  }
  if (test.outcome === 'refused') {
    return (
      <Banner tone="critical" title="Threadline could not log in">
        <Text as="p">What to correct stands beside the field.</Text>
      </Banner>
    );
  }
  const isMissing = test.connections.some(({ folders }) =>
    folders.some(({ lane, state }) => state === 'denied' || (lane === 'pending' && state === 'missing')),
  );
  return (
    <BlockStack gap="400">
      <Banner
        tone={isMissing ? 'warning' : 'success'}
        title={isMissing ? 'The login works, but a folder is missing' : 'The login works'}
      />
      {test.connections.map(({ name, folders }) => (
        <BlockStack key={name} gap="200">
          <Text as="h3" variant="headingSm" breakWord>
            {name}
          </Text>
          <FolderList folders={folders} label={`Folders of ${name}`} />
        </BlockStack>
      ))}
      {test.connections.length === 0 ? <TopFolders folders={test.topFolders} /> : null}
    </BlockStack>
  );
}

function TopFolders({ folders }: { folders: string[] }) {
  return (
    <BlockStack gap="200">
      <Text as="p">
        {folders.length === 0
          ? 'The server shows no folders. Create /pending there.'
          : 'The server shows these folders:'}
      </Text>
      {folders.length === 0 ? null : (
        <List>
          {folders.slice(0, 20).map((folder) => (
            <List.Item key={folder}>{folder}</List.Item>
          ))}
        </List>
      )}
      <Text as="p">
        Next: <Link url="/app/settings/connections/new">add a connection</Link> and name its folder.
      </Text>
    </BlockStack>
  );
}
