import { TitleBar } from '@shopify/app-bridge-react';
import { BlockStack, Box, Card, Checkbox, Page, Select, Text, TextField } from '@shopify/polaris';
import type { AutomationForm } from '#app/domain/automation-form.ts';
import type { DigestPace } from '#app/domain/mails/digest-pace.ts';
import { PageHelp } from '../page-help.tsx';
import { SaveBarForm } from '../save-bar-form.tsx';
import { useRefresh } from '../use-refresh.ts';
import { useSaveForm } from '../use-save-form.ts';
import { figure } from '../words.ts';
import { AutomationPending, type Pending, type Sending } from './automation-pending.tsx';
import { SettingsSection } from './settings-section.tsx';

type AutomationPageProps = {
  page: {
    form: AutomationForm;
    pending: Pending | null;
    sending: Sending | null;
    cleanup: { at: string; removed: number } | null;
  };
};

/** What runs by itself: sending, looking for files, and how long files are kept. */
export function AutomationPage({ page }: AutomationPageProps) {
  const form = useSaveForm({ saved: page.form });
  const { value } = form;
  useRefresh(page.sending !== null);
  return (
    <Page title="Automation" backAction={{ content: 'Settings', url: '/app/settings' }}>
      <TitleBar title="Automation" />
      <BlockStack gap="400">
        <SaveBarForm form={form}>
          <BlockStack gap="600">
            <SettingsSection
              title="Data sync"
              description="Whether records go to Klaviyo by themselves. Files are read either way."
            >
              <BlockStack gap="400">
                <Card>
                  <Checkbox
                    label="Data sync"
                    helpText={
                      value.dataSync
                        ? 'On: what a file brings is sent to Klaviyo as soon as the file is read.'
                        : 'Off: what a file brings waits as pending until somebody sends it.'
                    }
                    checked={value.dataSync}
                    onChange={(dataSync) => form.change({ dataSync })}
                  />
                </Card>
                {page.pending === null ? null : (
                  <AutomationPending pending={page.pending} sending={page.sending} />
                )}
              </BlockStack>
            </SettingsSection>
            <SettingsSection
              title="New files"
              description="How often Threadline looks into the folder pending of each connection."
            >
              <Card>
                <Field
                  label="Look for new files every"
                  suffix="seconds"
                  helpText="30 suits most shops. A file is read once it has stopped growing."
                  value={value.pollSeconds}
                  error={form.problem('pollSeconds')}
                  onChange={(pollSeconds) => form.change({ pollSeconds })}
                />
              </Card>
            </SettingsSection>
            <SettingsSection
              title="File clean-up"
              description="How long files that are done with stay in the folder processed of your SFTP server."
            >
              <Card>
                <BlockStack gap="400">
                  <Checkbox
                    label="File clean-up"
                    helpText={
                      value.cleanupEnabled
                        ? 'On: files that Threadline moved to processed are deleted there once they are older than the days below and all their records are settled. Other files are never touched.'
                        : 'Off: files stay in processed until you delete them.'
                    }
                    checked={value.cleanupEnabled}
                    onChange={(cleanupEnabled) => form.change({ cleanupEnabled })}
                  />
                  <Field
                    label="Keep processed files for"
                    suffix="days"
                    value={value.retentionDays}
                    error={form.problem('retentionDays')}
                    onChange={(retentionDays) => form.change({ retentionDays })}
                  />
                  {page.form.cleanupEnabled ? (
                    <Text as="p" tone="subdued">
                      {cleanupWords(page.cleanup)}
                    </Text>
                  ) : null}
                </BlockStack>
              </Card>
            </SettingsSection>
            <SettingsSection
              title="Summary by e-mail"
              description="What was synced, what failed and what waits for somebody, in one e-mail."
            >
              <Card>
                <Box maxWidth="320px">
                  <Select
                    label="Send a summary"
                    options={DIGEST_OPTIONS}
                    helpText="It goes to the e-mail addresses of all connections at seven in the morning, in the shop’s time zone. The first one comes right after it is switched on."
                    value={value.digest}
                    error={form.problem('digest')}
                    onChange={(digest) => form.change({ digest: digest as DigestPace })}
                  />
                </Box>
              </Card>
            </SettingsSection>
          </BlockStack>
        </SaveBarForm>
        <PageHelp words={WORDS}>
          Here you decide what Threadline does without being asked: when it looks for files, whether it sends
          what they bring, and how long files are kept.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

function cleanupWords(cleanup: AutomationPageProps['page']['cleanup']): string {
  if (cleanup === null) {
    return 'It has not run yet. It runs every six hours.';
  }
  const { at, removed } = cleanup;
  const files = removed === 0 ? 'no file' : removed === 1 ? '1 file' : `${figure(removed)} files`;
  return `Last run: ${at}, deleted ${files}.`;
}

type FieldProps = {
  label: string;
  suffix: string;
  helpText?: string;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
};

function Field(props: FieldProps) {
  return (
    <Box maxWidth="320px">
      <TextField {...props} inputMode="numeric" maxLength={20} autoComplete="off" />
    </Box>
  );
}

const DIGEST_OPTIONS: { label: string; value: DigestPace }[] = [
  { label: 'Never', value: 'off' },
  { label: 'Every day', value: 'daily' },
  { label: 'Every Monday', value: 'weekly' },
];

const WORDS = [
  { word: 'Data sync', means: 'Sending to Klaviyo. While it is off, files are still read and checked.' },
  { word: 'Pending', means: 'A record that is ready and has not been sent yet.' },
  {
    word: 'Paused',
    means: 'A connection that somebody has stopped. Nothing is read or sent for it until it is resumed.',
  },
  { word: 'Processed', means: 'The folder into which Threadline moves each file when it is done with it.' },
];
