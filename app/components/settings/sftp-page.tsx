import { TitleBar } from '@shopify/app-bridge-react';
import {
  Banner,
  BlockStack,
  Button,
  Card,
  Checkbox,
  InlineGrid,
  InlineStack,
  Page,
  Text,
  TextField,
} from '@shopify/polaris';
import { useEffect } from 'react';
import type { SftpForm } from '#app/domain/sftp-form.ts';
import { PageHelp } from '../page-help.tsx';
import { SaveBarForm } from '../save-bar-form.tsx';
import { useSaveForm } from '../use-save-form.ts';
import { SftpFingerprint } from './sftp-fingerprint.tsx';
import { SftpLoginFields, type StoredLogin } from './sftp-login-fields.tsx';
import { SftpTestResult, type SftpTest } from './sftp-test-result.tsx';
import { useTest } from './use-test.ts';
import { SettingsSection } from './settings-section.tsx';

type SftpPageProps = {
  page: {
    form: SftpForm;
    stored: (StoredLogin & { pinnedAt: string | null }) | null;
    isHostKeyChanged: boolean;
  };
};

/** The SFTP account: where it is, who logs in, which server it is, and a test that lists the folders. */
export function SftpPage({ page }: SftpPageProps) {
  const saved = page.form;
  const form = useSaveForm({ saved });
  const { value } = form;
  const test = useTest<SftpTest>();
  // The fingerprint is what the test shows: confirming it leaves the test's result as it is.
  const subject = JSON.stringify({ ...value, hostKey: '', acceptsUntested: false });
  const current = test.subject === subject ? test.result : null;
  const isTrusted = current?.outcome === 'host-key-changed' && current.shown === value.hostKey;
  const refused = current?.outcome === 'refused' ? current.problems : [];
  function problem(field: string): string | undefined {
    return form.problem(field) ?? refused.find((one) => one.field === field)?.message;
  }
  function runTest(): void {
    test.run(subject, { intent: 'test', value });
  }
  const hostKeyProblem = form.problem('hostKey');
  useEffect(() => {
    if (hostKeyProblem !== undefined && current === null) {
      // What has to be compared is what a test shows.
      runTest();
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each refusal
  }, [hostKeyProblem]);
  /** A fingerprint belongs to its server. */
  function changeAddress(part: { host?: string; port?: string }): void {
    const next = { host: value.host, port: value.port, ...part };
    const isSaved = next.host.trim() === saved.host && next.port.trim() === saved.port;
    form.change({ ...part, hostKey: isSaved ? saved.hostKey : '', acceptsUntested: false });
  }
  const untested = form.problem('acceptsUntested');
  return (
    <Page title="SFTP server" backAction={{ content: 'Settings', url: '/app/settings' }}>
      <TitleBar title="SFTP server" />
      <BlockStack gap="400">
        {page.isHostKeyChanged && current === null ? (
          <Banner
            tone="critical"
            title="The server shows another fingerprint than the confirmed one"
            action={{ content: 'Test and compare', onAction: runTest, loading: test.isBusy }}
          >
            <Text as="p">
              Nothing is read until somebody has looked at it. Nothing was sent to the server.
            </Text>
          </Banner>
        ) : null}
        <SaveBarForm form={form}>
          <BlockStack gap={{ xs: '600', md: '800' }}>
            <SettingsSection
              title="Server"
              description="The SFTP server into which Apparel21 exports its files."
            >
              <Card>
                <BlockStack gap="400">
                  <InlineGrid columns={{ xs: 1, sm: '3fr 1fr' }} gap="400">
                    <TextField
                      label="Host"
                      value={value.host}
                      onChange={(host) => changeAddress({ host })}
                      error={problem('host')}
                      placeholder="sftp.example.com"
                      maxLength={200}
                      autoComplete="off"
                    />
                    <TextField
                      label="Port"
                      value={value.port}
                      onChange={(port) => changeAddress({ port })}
                      error={problem('port')}
                      inputMode="numeric"
                      autoComplete="off"
                    />
                  </InlineGrid>
                  <TextField
                    label="User name"
                    value={value.username}
                    onChange={(username) => form.change({ username })}
                    error={problem('username')}
                    maxLength={200}
                    autoComplete="off"
                  />
                </BlockStack>
              </Card>
            </SettingsSection>
            <SettingsSection
              title="Login"
              description="By password or by private key. Both are stored encrypted and never shown again."
            >
              <SftpLoginFields form={form} stored={page.stored} problem={problem} />
            </SettingsSection>
            <SettingsSection
              title="Test and fingerprint"
              description="Logs in with what stands above, shows which server answers and the folders that it sees. Nothing is saved."
            >
              <Card>
                <BlockStack gap="400">
                  <SftpFingerprint
                    form={form}
                    test={isTrusted ? null : current}
                    pinnedAt={page.stored?.pinnedAt ?? null}
                    storedHostKey={saved.hostKey}
                  />
                  {untested === undefined && !value.acceptsUntested ? null : (
                    <Checkbox
                      label="Save without testing"
                      helpText="The fingerprint is then taken over at first contact."
                      checked={value.acceptsUntested}
                      error={untested}
                      onChange={(acceptsUntested) => form.change({ acceptsUntested })}
                    />
                  )}
                  <InlineStack>
                    <Button loading={test.isBusy} onClick={runTest}>
                      Test
                    </Button>
                  </InlineStack>
                  <div aria-live="polite">
                    {test.problem === undefined ? null : <Text as="p">{test.problem}</Text>}
                    {current === null ? null : <SftpTestResult test={current} />}
                  </div>
                </BlockStack>
              </Card>
            </SettingsSection>
          </BlockStack>
        </SaveBarForm>
        <PageHelp words={WORDS}>
          Threadline logs in to this server, reads new files from the folders of your connections and moves
          each to processed when it is done with it.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

const WORDS = [
  {
    word: 'Fingerprint',
    means:
      'A short text that only this server can prove to have. If another one shows up, somebody may be listening in, so Threadline stops and asks.',
  },
  {
    word: 'Private key',
    means:
      'A file that stands in for a password. The server knows its public half; the private half stays here.',
  },
  { word: 'Passphrase', means: 'A password for the private key itself. Many keys have none.' },
  { word: 'Folders', means: 'Each connection has four: pending, processed, test and bulk.' },
];
