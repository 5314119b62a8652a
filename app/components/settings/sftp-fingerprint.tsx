import { Banner, BlockStack, Button, Checkbox, InlineError, InlineStack, Text } from '@shopify/polaris';
import type { SftpForm } from '#app/domain/sftp-form.ts';
import type { SaveForm } from '../use-save-form.ts';
import type { SftpTest } from './sftp-test-result.tsx';

type FingerprintProps = {
  form: SaveForm<SftpForm>;
  /** What the latest test of these very fields found. */
  test: SftpTest | null;
  /** Since when the stored fingerprint is known, in words. */
  pinnedAt: string | null;
  storedHostKey: string;
};

/** Which server it is: shown at first contact and confirmed by a person, watched from then on. */
export function SftpFingerprint({ form, test, pinnedAt, storedHostKey }: FingerprintProps) {
  const { hostKey } = form.value;
  const problem = form.problem('hostKey');
  if (test?.outcome === 'host-key-changed' && test.shown !== '') {
    return <Changed form={form} shown={test.shown} confirmed={test.confirmed} />;
  }
  const shown = test?.outcome === 'works' ? test.hostKey : '';
  const fingerprint = hostKey === '' ? shown : hostKey;
  if (fingerprint === '') {
    return (
      <BlockStack gap="200">
        <Problem text={problem} />
        <Text as="p" tone="subdued">
          Test shows the server’s fingerprint. Compare it with the one its owner gives you before you confirm
          it.
        </Text>
      </BlockStack>
    );
  }
  return (
    <BlockStack gap="200">
      <Problem text={problem} />
      <Fingerprint label="Fingerprint of the server" text={fingerprint} />
      {hostKey !== '' && hostKey === storedHostKey ? (
        <Text as="p" tone="subdued">
          {pinnedAt === null
            ? 'Known. Threadline talks to no other server.'
            : `Known since ${pinnedAt}. Threadline talks to no other server.`}
        </Text>
      ) : (
        <Checkbox
          label="This is our server’s fingerprint"
          helpText="Its owner can tell you: ssh-keygen -lf shows it on the server."
          checked={hostKey !== ''}
          onChange={(isOurs) => form.change({ hostKey: isOurs ? fingerprint : '' })}
        />
      )}
    </BlockStack>
  );
}

function Changed({ form, shown, confirmed }: { form: SaveForm<SftpForm>; shown: string; confirmed: string }) {
  return (
    <div data-form-problem tabIndex={-1}>
      <Banner tone="critical" title="The server shows another fingerprint">
        <BlockStack gap="300">
          <Text as="p">
            Either it was set up anew, or another server answers in its place. Nothing was sent to it. Ask its
            owner before you trust it.
          </Text>
          <Fingerprint label="Confirmed until now" text={confirmed} />
          <Fingerprint label="Shown now" text={shown} />
          <InlineStack>
            <Button tone="critical" onClick={() => form.change({ hostKey: shown })}>
              Trust the new fingerprint
            </Button>
          </InlineStack>
        </BlockStack>
      </Banner>
    </div>
  );
}

function Fingerprint({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <Text as="p" tone="subdued">
        {label}
      </Text>
      <code style={{ overflowWrap: 'anywhere' }}>{text}</code>
    </div>
  );
}

function Problem({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <div data-form-problem tabIndex={-1}>
      <InlineError message={text} fieldID="fingerprint" />
    </div>
  );
}
