import {
  BlockStack,
  Button,
  Card,
  FormLayout,
  InlineGrid,
  InlineStack,
  Select,
  Text,
  TextField,
} from '@shopify/polaris';
import type { ConnectionForm } from '#app/domain/connection-form.ts';
import { RECORD_KINDS, type RecordKind } from '#app/domain/records.ts';
import type { SaveForm } from '../use-save-form.ts';
import { KIND_WORDS } from '../words.ts';

/** Who hears of errors and successes, and which files are missed when they do not come. */
export function ConnectionAlertsSection({ form }: { form: SaveForm<ConnectionForm> }) {
  const { value } = form;
  function changeExpected(place: number, part: Partial<ConnectionForm['expect'][number]>): void {
    form.change({
      expect: value.expect.map((one, index) => (index === place ? { ...one, ...part } : one)),
    });
  }
  return (
    <Card>
      <BlockStack gap="500">
        <FormLayout>
          <TextField
            label="E-mail addresses for errors"
            value={value.notify.errors}
            onChange={(errors) => form.change({ notify: { ...value.notify, errors } })}
            error={form.problem('notify.errors')}
            autoComplete="off"
            placeholder="ops@example.com, shop@example.com"
            helpText="They hear of refused keys, held files and failed records, of each cause once an hour at most. Separate addresses by commas."
          />
          <TextField
            label="E-mail addresses for successes"
            value={value.notify.successes}
            onChange={(successes) => form.change({ notify: { ...value.notify, successes } })}
            error={form.problem('notify.successes')}
            autoComplete="off"
            helpText="They get a report of every file that brought something new."
          />
        </FormLayout>
        <BlockStack gap="300">
          <BlockStack gap="100">
            <Text as="h3" variant="headingSm">
              Expected files
            </Text>
            <Text as="p" tone="subdued">
              An alert opens when a file of this kind does not arrive in time. Durations such as 30m, 24h or
              2d.
            </Text>
          </BlockStack>
          {value.expect.map((expected, place) => (
            <BlockStack key={place} gap="200" as="div">
              <InlineGrid columns={{ xs: 1, sm: 3 }} gap="300">
                <Select
                  label="Kind of file"
                  options={RECORD_KINDS.map((kind) => ({ value: kind, label: KIND_WORDS[kind] }))}
                  value={expected.kind}
                  onChange={(kind) => changeExpected(place, { kind: kind as RecordKind })}
                />
                <TextField
                  label="Comes every"
                  value={expected.every}
                  onChange={(every) => changeExpected(place, { every })}
                  error={form.problem(`expect.${place}.every`)}
                  autoComplete="off"
                />
                <TextField
                  label="May be late by"
                  value={expected.grace}
                  onChange={(grace) => changeExpected(place, { grace })}
                  error={form.problem(`expect.${place}.grace`)}
                  autoComplete="off"
                />
              </InlineGrid>
              <InlineStack align="end">
                <Button
                  variant="plain"
                  tone="critical"
                  accessibilityLabel={`Remove expected file ${place + 1}, ${KIND_WORDS[expected.kind]}`}
                  onClick={() => form.change({ expect: value.expect.filter((_, index) => index !== place) })}
                >
                  Remove
                </Button>
              </InlineStack>
            </BlockStack>
          ))}
          <InlineStack>
            <Button
              disabled={value.expect.length >= 20}
              onClick={() =>
                form.change({ expect: [...value.expect, { kind: 'customers', every: '24h', grace: '2h' }] })
              }
            >
              Add expected file
            </Button>
          </InlineStack>
        </BlockStack>
      </BlockStack>
    </Card>
  );
}
