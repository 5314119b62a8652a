import { BlockStack, Button, Card, Checkbox, InlineStack, Text, TextField } from '@shopify/polaris';
import type { Acceptance, ConnectionForm } from '#app/domain/connection-form.ts';
import type { SaveForm } from '../use-save-form.ts';
import { SecretField } from './connection-secret-field.tsx';
import { ConnectionTestResult, type ConnectionTest } from './connection-test-result.tsx';
import { useTest } from './use-test.ts';

type KeySectionProps = { form: SaveForm<ConnectionForm>; keyLast4: string | null };

/** What a person may say after a warning; only what was warned of is asked. */
const ACCEPTANCES: { kind: Acceptance; label: string }[] = [
  { kind: 'untested', label: 'Save without testing' },
  { kind: 'scopes', label: 'Save this key although scopes are missing' },
  { kind: 'account', label: 'Use the other account from now on' },
  { kind: 'shared', label: 'Both folders come from one Apparel21' },
];

/** Name and private key, with a test of both key and folders before anything is saved. */
export function ConnectionKeySection({ form, keyLast4 }: KeySectionProps) {
  const { value } = form;
  const test = useTest<ConnectionTest>();
  const subject = JSON.stringify([value.apiKey, value.directory]);
  const isCurrent = test.subject === subject;
  return (
    <Card>
      <BlockStack gap="400">
        <TextField
          label="Name"
          value={value.name}
          onChange={(name) => form.change({ name })}
          error={form.problem('name')}
          maxLength={200}
          autoComplete="off"
          helpText="How this account is called everywhere in Threadline, for example Klaviyo AU."
        />
        <SecretField
          label="Private key"
          value={value.apiKey}
          stored={keyLast4 === null ? null : `pk_…${keyLast4}`}
          error={form.problem('apiKey')}
          helpText="From Klaviyo: Settings > API keys > Create private API key, with full access. It is stored encrypted and never shown again."
          onChange={(apiKey) => form.change({ apiKey, accepted: [] })}
        />
        {ACCEPTANCES.map(({ kind, label }) => {
          const problem = form.problem(`accepted.${kind}`);
          const isAccepted = value.accepted.includes(kind);
          return problem === undefined && !isAccepted ? null : (
            <Checkbox
              key={kind}
              label={label}
              checked={isAccepted}
              error={problem}
              onChange={(isOn) =>
                form.change({
                  accepted: isOn ? [...value.accepted, kind] : value.accepted.filter((one) => one !== kind),
                })
              }
            />
          );
        })}
        <InlineStack gap="300" blockAlign="center">
          <Button
            loading={test.isBusy}
            onClick={() =>
              test.run(subject, { intent: 'test', apiKey: value.apiKey, directory: value.directory.trim() })
            }
          >
            Test
          </Button>
          <Text as="span" tone="subdued">
            Asks Klaviyo and the SFTP server. Nothing is saved or sent.
          </Text>
        </InlineStack>
        <div aria-live="polite">
          {isCurrent && test.problem !== undefined ? <Text as="p">{test.problem}</Text> : null}
          {isCurrent && test.result !== null ? <ConnectionTestResult test={test.result} /> : null}
        </div>
      </BlockStack>
    </Card>
  );
}
