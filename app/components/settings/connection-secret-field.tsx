import { Button, TextField } from '@shopify/polaris';

type SecretFieldProps = {
  label: string;
  /** Null = the stored one stays. */
  value: string | null;
  /** What people may see of the stored one (`pk_…a1b2`); null = none is stored. */
  stored: string | null;
  helpText?: string;
  error?: string;
  multiline?: number;
  onChange: (value: string | null) => void;
};

/** A secret that can be written and never read: the stored one is shown as a hint, and replaced as a whole. */
export function SecretField(props: SecretFieldProps) {
  const { label, value, stored, helpText, error, multiline, onChange } = props;
  const name = label.toLowerCase();
  if (value === null) {
    return (
      <TextField
        label={label}
        value={stored ?? ''}
        readOnly
        autoComplete="off"
        helpText={helpText}
        error={error}
        connectedRight={
          <Button accessibilityLabel={`Replace ${name}`} onClick={() => onChange('')}>
            Replace
          </Button>
        }
      />
    );
  }
  const isReplacing = stored !== null;
  return (
    <TextField
      label={label}
      value={value}
      type={multiline === undefined ? 'password' : undefined}
      multiline={multiline}
      monospaced={multiline !== undefined}
      spellCheck={false}
      autoFocus={isReplacing}
      // Browsers offer stored passwords of other sites for "off" as well.
      autoComplete="new-password"
      helpText={helpText}
      error={error}
      onChange={onChange}
      connectedRight={
        isReplacing ? (
          <Button accessibilityLabel={`Keep the stored ${name}`} onClick={() => onChange(null)}>
            Keep stored
          </Button>
        ) : undefined
      }
    />
  );
}
