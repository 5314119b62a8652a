import { useNavigate } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, BlockStack, Page } from '@shopify/polaris';
import type { ConnectionForm } from '#app/domain/connection-form.ts';
import type { ConsentBackFacts } from '#app/queries/consent-back-facts.server.ts';
import type { Schedule } from '#app/domain/schedule.ts';
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
import { ConsentBackSection } from './consent-back-section.tsx';
import { ConnectionKeySection } from './connection-key-section.tsx';
import { ScheduleCard } from './schedule-card.tsx';
import { SettingsSection } from './settings-section.tsx';

type ConnectionPageProps = {
  connection: {
    id: string | null;
    form: ConnectionForm;
    keyLast4: string | null;
    accountName: string | null;
    isKeyRefused: boolean;
    isPaused: boolean;
    consentBack: ConsentBackFacts | null;
  };
  /** Null = a new one: it does nothing yet. */
  schedule: Schedule | null;
};

/** One Klaviyo account: its key, its directory, and what is sent to it. */
export function ConnectionPage({ connection, schedule }: ConnectionPageProps) {
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
      secondaryActions={isNew ? [] : [{ content: 'Data quality', url: `/app/quality/${connection.id}` }]}
    >
      <TitleBar title={title} />
      <BlockStack gap={{ xs: '600', md: '800' }}>
        {schedule === null || connection.id === null ? null : (
          <SettingsSection
            title="Schedule"
            description="What is read and sent next, what waits for what, and until when."
          >
            <ScheduleCard schedule={schedule} connectionId={connection.id} />
          </SettingsSection>
        )}
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
              title="Consent back to Apparel21"
              description="Who left in Klaviyo is told to Apparel21 in a file. Off unless you switch it on."
            >
              <ConsentBackSection form={form} facts={connection.consentBack} />
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
          Changes apply from the next file on. The schedule says what happens next, from what stands in the
          database at this moment.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

function State({ connection }: Pick<ConnectionPageProps, 'connection'>) {
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
    word: 'Due',
    means: 'Read from a file and not sent yet, and nothing keeps it back: it goes with the next requests.',
  },
  {
    word: 'Import job',
    means:
      'Klaviyo takes many profiles at once and works on them for a while. Profiles count as synced when it says that the job has ended.',
  },
  {
    word: 'Klaviyo’s limits',
    means:
      'An account takes only so many requests a second and a minute. Threadline waits rather than be refused.',
  },
  {
    word: 'Held',
    means: 'A file that looks wrong as a whole. Nothing of it is read or sent until somebody has decided.',
  },
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
