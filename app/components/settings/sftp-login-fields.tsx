import { BlockStack, Card, ChoiceList } from '@shopify/polaris';
import type { SftpForm } from '#app/domain/sftp-form.ts';
import type { SaveForm } from '../use-save-form.ts';
import { SecretField } from './connection-secret-field.tsx';

export type StoredLogin = { hasPassword: boolean; hasPrivateKey: boolean; hasPassphrase: boolean };

type SftpLoginFieldsProps = {
  form: SaveForm<SftpForm>;
  stored: StoredLogin | null;
  problem: (field: string) => string | undefined;
};

const HIDDEN = '••••••••';

/** Password, or private key with its passphrase. */
export function SftpLoginFields({ form, stored, problem }: SftpLoginFieldsProps) {
  const { value } = form;
  const isKeyStored = stored?.hasPrivateKey === true;
  return (
    <Card>
      <BlockStack gap="400">
        <ChoiceList
          title="Log in by"
          choices={[
            { value: 'password', label: 'Password' },
            { value: 'key', label: 'Private key' },
          ]}
          selected={[value.login]}
          onChange={([login]) => form.change({ login: login === 'key' ? 'key' : 'password' })}
        />
        {value.login === 'password' ? (
          <SecretField
            label="Password"
            value={value.password}
            stored={stored?.hasPassword === true ? HIDDEN : null}
            error={problem('password')}
            onChange={(password) => form.change({ password })}
          />
        ) : (
          <>
            <SecretField
              label="Private key"
              value={value.privateKey}
              stored={isKeyStored ? HIDDEN : null}
              error={problem('privateKey')}
              multiline={5}
              helpText="The whole key, in OpenSSH or PEM format, with its first and last line."
              // Another key has another passphrase.
              onChange={(privateKey) =>
                form.change({ privateKey, passphrase: privateKey === null ? null : (value.passphrase ?? '') })
              }
            />
            <SecretField
              label="Passphrase"
              value={value.passphrase}
              stored={isKeyStored ? (stored.hasPassphrase ? HIDDEN : 'None') : null}
              error={problem('passphrase')}
              helpText="Leave it empty when the key has none."
              onChange={(passphrase) => form.change({ passphrase })}
            />
          </>
        )}
      </BlockStack>
    </Card>
  );
}
