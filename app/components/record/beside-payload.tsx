import { BlockStack, Button, Collapsible, Text } from '@shopify/polaris';
import { useId, useState } from 'react';
import type { ExplainedPayload } from '#app/queries/explain-record.server.ts';
import { WhyThisValue } from './why-this-value.tsx';

type BesidePayloadProps = { beside: ExplainedPayload['beside']; hasBody: boolean };

/** What the body does not show: list and consent, which go by requests of their own, and values that were left out. */
export function BesidePayload({ beside, hasBody }: BesidePayloadProps) {
  if (beside.length === 0) {
    return null;
  }
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {hasBody ? 'Beside it' : 'What was looked at'}
      </Text>
      {beside.map((one) => (
        <BesideEntry key={one.target} target={one.target} why={one.why} />
      ))}
    </BlockStack>
  );
}

type Entry = ExplainedPayload['beside'][number];

function BesideEntry({ target, why }: Entry) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <BlockStack gap="100" inlineAlign="start">
      <Button
        variant="plain"
        textAlign="start"
        disclosure={isOpen ? 'up' : 'down'}
        ariaExpanded={isOpen}
        ariaControls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {wordsOf(target)}
      </Button>
      {isOpen
        ? null
        : remarksOf(why).map((warning) => (
            <Text key={warning} as="p" tone="caution" breakWord>
              {warning}
            </Text>
          ))}
      <Collapsible id={id} open={isOpen}>
        <WhyThisValue why={why} change={null} />
      </Collapsible>
    </BlockStack>
  );
}

/** What a person should know without opening it. */
function remarksOf({ cells, warnings }: Entry['why']): string[] {
  const isBlank = cells.length > 0 && cells.every(({ value }) => value === '');
  return isBlank
    ? [...warnings, `${cells.map(({ column }) => column).join(' and ')}: blank in the file.`]
    : warnings;
}

const WORDS: Record<string, string> = {
  list: 'List that it joins',
  skip: 'Skip rule',
  email: 'E-mail',
  phone_number: 'Phone number',
  external_id: 'External id',
  'consent.email': 'Consent to e-mail',
  'consent.sms': 'Consent to SMS',
  'consent.source': 'Source of the consent',
  'consent.at': 'When consent was given',
};

function wordsOf(target: string): string {
  return WORDS[target] ?? target.replace(/^(properties|profile)\./, '');
}
