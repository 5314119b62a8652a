import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, BlockStack, Box, Button, Card, InlineStack, Page, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';
import type { RecordKind } from '#app/domain/records.ts';
import { PageHelp } from '../page-help.tsx';
import { KIND_WORDS } from '../words.ts';
import { ConnectionRows, type ConnectionRow } from './settings-index-connections.tsx';
import { SettingsSection } from './settings-section.tsx';

type SettingsIndexProps = {
  settings: {
    connections: ConnectionRow[];
    sftp: {
      host: string;
      port: number;
      username: string;
      pinnedAt: string | null;
      hasHostKey: boolean;
    } | null;
    primaryKeys: { kind: RecordKind; column: string }[];
    automation: { dataSync: boolean; pollSeconds: number };
    shop: { timezone: string; phoneCountry: string; currency: string };
  };
};

/** All settings at a glance; each part has a page of its own. */
export function SettingsIndexPage({ settings }: SettingsIndexProps) {
  const { connections, primaryKeys, automation, shop } = settings;
  return (
    <Page title="Settings">
      <TitleBar title="Settings" />
      <BlockStack gap="400">
        <BlockStack gap={{ xs: '600', md: '800' }}>
          <SettingsSection
            title="Klaviyo connections"
            description="One for each Klaviyo account that gets data from Apparel21. Each has its own key and folder; one that has trouble delays no other."
          >
            <ConnectionRows connections={connections} />
          </SettingsSection>
          <SettingsSection
            title="SFTP server"
            description="Where Apparel21 drops its files. One server for all connections."
          >
            <Card>
              <SftpRow sftp={settings.sftp} />
            </Card>
          </SettingsSection>
          <SettingsSection
            title="Reading and sending"
            description="How files are understood and when they are read."
          >
            <Card padding="0">
              <Row title="Columns" url="/app/settings/columns" isFirst>
                {primaryKeys.length === 0
                  ? 'Not set up yet'
                  : `Told apart by: ${primaryKeys.map(({ kind, column }) => `${KIND_WORDS[kind].toLowerCase()} by ${column}`).join(', ')}`}
              </Row>
              <Row title="Automation" url="/app/settings/automation">
                {`Data sync ${automation.dataSync ? 'on' : 'off'}, looks every ${automation.pollSeconds} seconds`}
              </Row>
              <Row title="Shop" url="/app/settings/shop">
                {`Times in ${shop.timezone}, phone numbers of ${shop.phoneCountry}, amounts in ${shop.currency}`}
              </Row>
            </Card>
          </SettingsSection>
          <SettingsSection
            title="Privacy"
            description="What people may ask of you: to know what is held of them, and to have it erased."
          >
            <Card padding="0">
              <Row title="Privacy" url="/app/settings/privacy" isFirst>
                Requests for data, and people who were erased
              </Row>
            </Card>
          </SettingsSection>
          <SettingsSection
            title="Configuration file"
            description="All settings in one text file, without secrets: to keep, to compare, or to set up another shop."
          >
            <Card padding="0">
              <Row title="Configuration file" url="/app/settings/configuration" isFirst>
                Download it, or apply one
              </Row>
            </Card>
          </SettingsSection>
        </BlockStack>
        <PageHelp words={WORDS}>
          Everything that decides how Apparel21’s files come to Klaviyo. Nothing here is sent before you save
          it.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

function SftpRow({ sftp }: { sftp: SettingsIndexProps['settings']['sftp'] }) {
  if (sftp === null) {
    return (
      <BlockStack gap="300" inlineAlign="start">
        <Text as="p">
          No server is connected yet. You need its name, a user and a password or private key.
        </Text>
        <Button url="/app/settings/sftp">Connect SFTP server</Button>
      </BlockStack>
    );
  }
  return (
    <InlineStack gap="300" align="space-between" blockAlign="center">
      <BlockStack gap="100">
        <InlineStack gap="200" blockAlign="center">
          <Text as="h3" variant="headingSm" breakWord>
            {`${sftp.username} at ${sftp.host}:${sftp.port}`}
          </Text>
          {sftp.hasHostKey ? (
            <Badge tone="success">Pinned</Badge>
          ) : (
            <Badge tone="attention">Not pinned</Badge>
          )}
        </InlineStack>
        <Text as="p" tone="subdued">
          {sftp.hasHostKey
            ? `The server’s fingerprint is pinned${sftp.pinnedAt === null ? '' : ` since ${sftp.pinnedAt}`}`
            : 'The server’s fingerprint is taken over at first contact'}
        </Text>
      </BlockStack>
      <Button accessibilityLabel="Edit SFTP server" url="/app/settings/sftp">
        Edit
      </Button>
    </InlineStack>
  );
}

type RowProps = { title: string; url: string; isFirst?: boolean; children: ReactNode };

function Row({ title, url, isFirst = false, children }: RowProps) {
  return (
    <Box padding="400" borderBlockStartWidth={isFirst ? undefined : '025'} borderColor="border-secondary">
      <InlineStack gap="300" align="space-between" blockAlign="center" wrap={false}>
        <BlockStack gap="100">
          <Text as="h3" variant="headingSm">
            {title}
          </Text>
          <Text as="p" tone="subdued" breakWord>
            {children}
          </Text>
        </BlockStack>
        <Button accessibilityLabel={`Open ${title.toLowerCase()}`} url={url}>
          Open
        </Button>
      </InlineStack>
    </Box>
  );
}

const WORDS = [
  {
    word: 'Connection',
    means: 'One Klaviyo account: a name, a private key and a folder on the SFTP server.',
  },
  {
    word: 'Paused',
    means:
      'Nothing is read and nothing is sent for this account until somebody resumes it. Files wait where they are.',
  },
  {
    word: 'Key refused',
    means:
      'Klaviyo does not accept the private key any more. Edit the connection and replace the key; nothing is lost.',
  },
  {
    word: 'Fingerprint',
    means:
      'A short text that proves which server answers. Once it is pinned, Threadline talks to no other server.',
  },
];
