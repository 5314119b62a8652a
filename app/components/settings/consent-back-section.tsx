import { BlockStack, Button, Card, ChoiceList, List, Text } from '@shopify/polaris';
import type { ConnectionForm } from '#app/domain/connection-form.ts';
import type { ConsentBack } from '#app/domain/consent-back.ts';
import type { ConsentBackFacts } from '#app/queries/consent-back-facts.server.ts';
import { LiveText } from '../live-text.tsx';
import { useAct } from '../use-act.ts';
import { useRefresh } from '../use-refresh.ts';
import type { SaveForm } from '../use-save-form.ts';
import { ActButton } from './act-button.tsx';

type ConsentBackSectionProps = { form: SaveForm<ConnectionForm>; facts: ConsentBackFacts | null };

const CHOICES: { value: ConsentBack; label: string; helpText?: string }[] = [
  { value: 'off', label: 'Off', helpText: 'A file is written only when you ask for it here.' },
  { value: 'daily', label: 'Once a day' },
  { value: 'hourly', label: 'Once an hour' },
];

/** Whether, and when, Apparel21 is told who left in Klaviyo; and what it was told. */
export function ConsentBackSection({ form, facts }: ConsentBackSectionProps) {
  return (
    <Card>
      <BlockStack gap="400">
        <ChoiceList
          title="Write a file"
          choices={CHOICES}
          selected={[form.value.consentBack]}
          onChange={([choice]) =>
            form.change({ consentBack: CHOICES.find(({ value }) => value === choice)?.value ?? 'off' })
          }
        />
        <Text as="p" tone="subdued" breakWord>
          {`The file consent_….csv is put into ${facts?.folder ?? 'the folder /outbound'} on the SFTP server: one row for each customer who has unsubscribed, or was suppressed, since the last file, with No for the channel that they left, when, and why. Nobody stands in it whom Apparel21 itself has opted out. Apparel21 has to import it; until it does, its own exports still say yes, and Threadline goes on keeping these people out. When nobody has left, there is no file.`}
        </Text>
        {facts === null ? null : <Written facts={facts} />}
      </BlockStack>
    </Card>
  );
}

function Written({ facts }: { facts: ConsentBackFacts }) {
  const act = useAct();
  const { lookedAt, isWanted, files } = facts;
  useRefresh(isWanted);
  const state = isWanted
    ? 'Klaviyo is being asked who left; the file follows.'
    : lookedAt === null
      ? 'Klaviyo has not been asked yet.'
      : `Klaviyo was last asked on ${lookedAt}.`;
  return (
    <BlockStack gap="300">
      <BlockStack gap="100">
        <Text as="p">{state}</Text>
        {files.length === 0 ? (
          <Text as="p">No file has been written yet.</Text>
        ) : (
          <List>
            {files.map((file) => (
              <List.Item key={file.name}>
                <Text as="span" breakWord>
                  {`${file.name}, ${file.at}: ${file.people === 1 ? '1 customer' : `${file.people.toLocaleString('en')} customers`}`}
                </Text>
              </List.Item>
            ))}
          </List>
        )}
      </BlockStack>
      <ActButton problem={act.problem}>
        <Button loading={act.isBusy || isWanted} onClick={() => act.run({ intent: 'write-consent-file' })}>
          Write the file now
        </Button>
      </ActButton>
      <LiveText text={state} />
    </BlockStack>
  );
}
