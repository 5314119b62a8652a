import { TitleBar } from '@shopify/app-bridge-react';
import { Banner, BlockStack, Card, Page, Text } from '@shopify/polaris';
import { useEffect, useState } from 'react';
import type { ShopForm } from '#app/domain/shop-form.ts';
import { PageHelp } from '../page-help.tsx';
import { SaveBarForm } from '../save-bar-form.tsx';
import { useSaveForm } from '../use-save-form.ts';
import { ShopChoice, type Choice } from './shop-choice.tsx';
import { timeIn } from './shop-time-in.ts';
import { SettingsSection } from './settings-section.tsx';

type ShopPageProps = {
  page: { form: ShopForm; now: string; timezones: Choice[]; countries: Choice[]; currencies: Choice[] };
};

/** What holds for the whole shop: how its times, phone numbers and amounts are read. */
export function ShopPage({ page }: ShopPageProps) {
  const saved = page.form;
  const form = useSaveForm({ saved, toBody: (value) => ({ intent: 'save', value, seen: saved }) });
  const { value } = form;
  const now = useNow(page.now);
  const local = timeIn(value.timezone, now);
  const isOtherZone = value.timezone !== saved.timezone && local !== null;
  return (
    <Page title="Shop" backAction={{ content: 'Settings', url: '/app/settings' }}>
      <TitleBar title="Shop" />
      <BlockStack gap="400">
        <SaveBarForm form={form}>
          <BlockStack gap="600">
            <SettingsSection
              title="Time zone"
              description="Apparel21 writes times without a zone. This is the zone in which they are meant."
            >
              <Card>
                <BlockStack gap="400">
                  <ShopChoice
                    label="Time zone"
                    value={value.timezone}
                    choices={page.timezones}
                    onChange={(timezone) => form.change({ timezone })}
                    error={form.problem('timezone')}
                    helpText={local === null ? 'Search by city or region.' : `It is ${local} there.`}
                  />
                  {isOtherZone ? (
                    <Banner tone="warning" title="What another time zone changes">
                      <BlockStack gap="200">
                        <Text as="p">
                          {`Times in files that are read from now on are taken as times in ${label(page.timezones, value.timezone)}: new events get other moments than they would have had.`}
                        </Text>
                        <Text as="p">
                          Events that Klaviyo has already keep their time, and their orders are not sent
                          again. Dates of customers are sent anew with the next full file. All pages show the
                          new zone at once.
                        </Text>
                      </BlockStack>
                    </Banner>
                  ) : null}
                </BlockStack>
              </Card>
            </SettingsSection>
            <SettingsSection
              title="Phone numbers"
              description="0412 345 678 is a number only if one knows the country."
            >
              <Card>
                <ShopChoice
                  label="Country of phone numbers"
                  value={value.phoneCountry}
                  choices={page.countries}
                  onChange={(phoneCountry) => form.change({ phoneCountry })}
                  error={form.problem('phoneCountry')}
                  helpText="Assumed where a number has no country code and the customer’s own country does not help. Counts from the next file on."
                />
              </Card>
            </SettingsSection>
            <SettingsSection title="Currency" description="The currency of amounts in the files.">
              <Card>
                <ShopChoice
                  label="Currency"
                  value={value.currency}
                  choices={page.currencies}
                  onChange={(currency) => form.change({ currency })}
                  error={form.problem('currency')}
                  helpText="Events carry it with their value unless a mapping sets another. Counts from the next file on."
                />
              </Card>
            </SettingsSection>
          </BlockStack>
        </SaveBarForm>
        <PageHelp words={WORDS}>
          These settings hold for all connections. They decide how times, phone numbers and amounts in
          Apparel21’s files are understood.
        </PageHelp>
      </BlockStack>
    </Page>
  );
}

function label(choices: Choice[], value: string): string {
  return choices.find((one) => one.value === value)?.label ?? value;
}

/** The moment of the server's answer, then the clock's. */
function useNow(made: string): Date {
  const [now, setNow] = useState(() => new Date(made));
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const WORDS = [
  {
    word: 'Time zone',
    means: 'Where the clocks of your stores stand. Summer time is taken care of.',
  },
  { word: 'Country code', means: 'The +61 of an Australian number.' },
];
