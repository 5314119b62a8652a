import { TitleBar } from '@shopify/app-bridge-react';
import { BlockStack, Card, Checkbox, Page } from '@shopify/polaris';
import type { PrivacyPage as HeldPage } from '#app/queries/privacy-page.server.ts';
import { PageHelp } from '../page-help.tsx';
import { SaveBarForm } from '../save-bar-form.tsx';
import { SettingsSection } from '../settings/settings-section.tsx';
import { useRefresh } from '../use-refresh.ts';
import { useSaveForm } from '../use-save-form.ts';
import { ComeBackForm } from './come-back-form.tsx';
import { DataRequests } from './data-requests.tsx';
import { Erasures } from './erasures.tsx';

/** People's data: requests that Shopify passes on, who was erased, and who may come back. */
export function PrivacyPage({ page }: { page: HeldPage }) {
  const form = useSaveForm({ saved: { inKlaviyo: page.redactInKlaviyo } });
  useRefresh(page.erasures.some(({ state }) => state === 'working'));
  return (
    <Page title="Privacy" backAction={{ content: 'Settings', url: '/app/settings' }}>
      <TitleBar title="Privacy" />
      <BlockStack gap="400">
        <BlockStack gap="600">
          <SettingsSection
            title="Requests for data"
            description="A customer may ask what you hold of them. Shopify passes the request on, and you answer within 30 days."
          >
            <DataRequests requests={page.dataRequests} />
          </SettingsSection>
          <SettingsSection
            title="Erased people"
            description="Nothing is held of them, and rows about them in later files are left out. To erase somebody, open the customer."
          >
            <Erasures erasures={page.erasures} hasOlder={page.hasOlder} />
          </SettingsSection>
          <SaveBarForm form={form}>
            <SettingsSection
              title="Shopify asks to erase"
              description="When somebody erases a customer’s data in Shopify, the person is erased here by itself."
            >
              <Card>
                <Checkbox
                  label="Delete the profile in Klaviyo, too"
                  helpText="In all connections. Leave it off if Klaviyo’s own Shopify app does this already. The private keys need the scope data-privacy:write."
                  checked={form.value.inKlaviyo}
                  onChange={(inKlaviyo) => form.change({ inKlaviyo })}
                />
              </Card>
            </SettingsSection>
          </SaveBarForm>
          <SettingsSection
            title="Come back"
            description="Somebody who was erased and is a customer again, because they asked for it."
          >
            <ComeBackForm />
          </SettingsSection>
        </BlockStack>
        <PageHelp words={WORDS}>
          What the law gives people: to know what is held of them, and to have it erased. Who somebody was is
          not written down here once nothing is left to do.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

const WORDS = [
  {
    word: 'Erase',
    means:
      'Removes a person’s customers, orders and rewards with their rows, and everything else that says who they are. It cannot be undone.',
  },
  {
    word: 'Files on the SFTP server',
    means:
      'The files in /processed are Apparel21’s own and are not changed: a person stands in them until the clean-up or you delete them.',
  },
  {
    word: 'Letters and digits in brackets',
    means: 'Tell erasures apart without saying who it was.',
  },
];
