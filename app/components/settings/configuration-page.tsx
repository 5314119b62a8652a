import { TitleBar } from '@shopify/app-bridge-react';
import { Banner, BlockStack, Button, Card, Page, Text } from '@shopify/polaris';
import { PageHelp } from '../page-help.tsx';
import { useAct } from '../use-act.ts';
import { ActButton } from './act-button.tsx';
import { ConfigurationImport } from './configuration-import.tsx';
import { SettingsSection } from './settings-section.tsx';

type ConfigurationPageProps = {
  page: { domain: string; hasSftp: boolean; connections: number };
  mostCharacters: number;
};

/** All settings as one text file: to keep, to compare, and to bring back. */
export function ConfigurationPage({ page, mostCharacters }: ConfigurationPageProps) {
  const download = useAct();
  return (
    <Page title="Configuration file" backAction={{ content: 'Settings', url: '/app/settings' }}>
      <TitleBar title="Configuration file" />
      <BlockStack gap="400">
        <BlockStack gap="600">
          <SettingsSection
            title="Export"
            description="Connections, columns, mappings, translations and the rest of the settings in one file, shop.yaml."
          >
            <Card>
              <BlockStack gap="400">
                <Text as="p">
                  Passwords and keys are not in the file. A name such as {'${KLAVIYO_AU_KEY}'} stands in place
                  of each. Mappings that are switched off are left out.
                </Text>
                <Missing page={page} />
                <ActButton problem={download.problem}>
                  <Button loading={download.isBusy} onClick={() => download.run({ intent: 'export' })}>
                    Export shop.yaml
                  </Button>
                </ActButton>
              </BlockStack>
            </Card>
          </SettingsSection>
          <SettingsSection
            title="Import"
            description={`A file for ${page.domain}: one that was exported here, or written by hand.`}
          >
            <ConfigurationImport mostCharacters={mostCharacters} />
          </SettingsSection>
        </BlockStack>
        <PageHelp words={WORDS}>
          The whole set-up as a text that can be kept, compared with an older one, and brought back. What an
          import changes holds from the next file on.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

/** What a file that is exported now would lack. */
function Missing({ page }: { page: ConfigurationPageProps['page'] }) {
  if (!page.hasSftp) {
    return (
      <Banner tone="info" action={{ content: 'Connect SFTP server', url: '/app/settings/sftp' }}>
        <Text as="p">
          No SFTP server is connected yet: the file leaves its host and user name blank. Fill them in before
          you import it.
        </Text>
      </Banner>
    );
  }
  return page.connections === 0 ? (
    <Banner tone="info" action={{ content: 'Add connection', url: '/app/settings/connections/new' }}>
      <Text as="p">There is no connection yet: the file holds everything but connections.</Text>
    </Banner>
  ) : null;
}

const WORDS = [
  {
    word: 'shop.yaml',
    means: 'A text file that any editor opens. The command line of Threadline reads and writes the same.',
  },
  {
    word: '${KLAVIYO_AU_KEY}',
    means:
      'Stands for a secret. On import it keeps the one that is stored; a secret that is not stored yet must be typed in its place.',
  },
  { word: 'Check file', means: 'Shows what would change, setting by setting. Nothing is stored.' },
  {
    word: 'Remove',
    means:
      'A connection that the file does not have is removed. Its records come back when a later file has it under the same name.',
  },
];
