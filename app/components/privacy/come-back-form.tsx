import { BlockStack, Button, Card, InlineStack, TextField } from '@shopify/polaris';
import { useState, type FormEvent } from 'react';
import { useAct } from '../use-act.ts';

/** Lifts an erasure by the person's address, which is not kept. */
export function ComeBackForm() {
  const [address, setAddress] = useState('');
  const act = useAct({ onDone: () => setAddress('') });
  function submit(event: FormEvent): void {
    event.preventDefault();
    act.run({ intent: 'lift', address });
  }
  return (
    <Card>
      <form onSubmit={submit} noValidate>
        <BlockStack gap="300">
          <TextField
            label="E-mail or phone number"
            value={address}
            onChange={setAddress}
            error={act.problem}
            helpText="The person is imported again with the next file that has them. What was erased does not come back."
            autoComplete="off"
          />
          <InlineStack>
            <Button submit loading={act.isBusy} disabled={address.trim() === ''}>
              Let this person come back
            </Button>
          </InlineStack>
        </BlockStack>
      </form>
    </Card>
  );
}
