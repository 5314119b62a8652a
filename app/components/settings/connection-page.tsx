import { useNavigate } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, BlockStack, Page } from '@shopify/polaris';
import type { ConnectionForm } from '#app/domain/connection-form.ts';
import { PageHelp } from '../page-help.tsx';
import { SaveBarForm } from '../save-bar-form.tsx';
import { useSaveForm } from '../use-save-form.ts';
import { ConnectionAlertsSection } from './connection-alerts-section.tsx';
import {
  DirectorySection,
  EventsSection,
  ProfilesSection,
  SendingSection,
} from './connection-data-sections.tsx';
import { ConnectionKeySection } from './connection-key-section.tsx';
import { SettingsSection } from './settings-section.tsx';

type ConnectionPageProps = {
  connection: {
    id: string | null;
    form: ConnectionForm;
    keyLast4: string | null;
    accountName: string | null;
    isKeyRefused: boolean;
    isPaused: boolean;
  };
};

/** One Klaviyo account: its key, its directory, and what is sent to it. */
export function ConnectionPage({ connection }: ConnectionPageProps) {
  const navigate = useNavigate();
  const isNew = connection.id === null;
  const form = useSaveForm({
    saved: connection.form,
    onSaved: isNew ? () => navigate('/app/settings') : undefined,
  });
  const title = isNew ? 'Add connection' : connection.form.name;
  return (
    <Page
      title={title}
      subtitle={connection.accountName ?? undefined}
      titleMetadata={isNew ? null : <State connection={connection} />}
      backAction={{ content: 'Settings', url: '/app/settings' }}
    >
      <TitleBar title={title} />
      <BlockStack gap="400">
        <SaveBarForm form={form}>
          <BlockStack gap={{ xs: '600', md: '800' }}>
            <SettingsSection
              title="Klaviyo account"
              description="A private key lets Threadline write to one Klaviyo account. It is tried before it is saved."
            >
              <ConnectionKeySection form={form} keyLast4={connection.keyLast4} />
            </SettingsSection>
            <SettingsSection
              title="Files"
              description="Each account has its own folder on the SFTP server, and three more beside it."
            >
              <DirectorySection form={form} />
            </SettingsSection>
            <SettingsSection
              title="Profiles"
              description="Customers become profiles. Which column becomes what is decided by the mappings."
            >
              <ProfilesSection form={form} />
            </SettingsSection>
            <SettingsSection
              title="Events"
              description="Names under which orders, returns and rewards appear in Klaviyo. Flows listen to these names."
            >
              <EventsSection form={form} />
            </SettingsSection>
            <SettingsSection
              title="Sending"
              description="Try the connection with a few records before everything goes out."
            >
              <SendingSection form={form} />
            </SettingsSection>
            <SettingsSection
              title="Alerts"
              description="Who hears of it when something needs a person, or when all went well."
            >
              <ConnectionAlertsSection form={form} />
            </SettingsSection>
          </BlockStack>
        </SaveBarForm>
        <PageHelp words={WORDS}>
          A connection is one Klaviyo account: a name, a private key and the folder whose files belong to it.
          Changes apply from the next file on.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

function State({ connection }: ConnectionPageProps) {
  if (connection.isKeyRefused) {
    return <Badge tone="critical">Key refused</Badge>;
  }
  return connection.isPaused ? (
    <Badge tone="attention">Paused</Badge>
  ) : (
    <Badge tone="success">Connected</Badge>
  );
}

const WORDS = [
  {
    word: 'Scope',
    means:
      'One thing that a key may do in Klaviyo. They are chosen when the key is created and stay as they are.',
  },
  {
    word: 'Pending, processed, test, bulk',
    means:
      'The four folders of a connection. Apparel21 writes to pending; test and bulk are for you; finished files go to processed.',
  },
  {
    word: 'External ID',
    means: 'The field in which Klaviyo keeps the customer’s number of another system, here Apparel21.',
  },
  {
    word: 'Flow',
    means: 'Messages that Klaviyo sends by itself when an event arrives. History starts none.',
  },
];
