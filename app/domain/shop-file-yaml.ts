import { stringify } from 'yaml';
import { escapePlaceholders } from './expand-env.ts';
import type { ShopFile } from './shop-file-schema.ts';

/** Secrets of the SFTP login and the variables that stand for them. */
export const SFTP_SECRETS = {
  password: 'SFTP_PASSWORD',
  privateKey: 'SFTP_PRIVATE_KEY',
  passphrase: 'SFTP_PASSPHRASE',
} as const;

/** The environment that an exported file needs: variable → secret. Names differ also where connections' names do not. */
export function secretPlaceholders(config: ShopFile): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const [key, variable] of Object.entries(SFTP_SECRETS)) {
    const secret = config.sftp[key as keyof typeof SFTP_SECRETS];
    if (secret !== undefined) {
      secrets[variable] = secret;
    }
  }
  for (const [index, variable] of keyVariables(config).entries()) {
    secrets[variable] = config.connections[index]?.apiKey ?? '';
  }
  return secrets;
}

/** `Klaviyo AU` → `KLAVIYO_AU_KEY`. */
function keyVariables(config: ShopFile): string[] {
  const taken = new Set<string>();
  return config.connections.map(({ name }) => {
    const words = name
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '_')
      .replace(/^_|_$/g, '')
      .replace(/^KLAVIYO_?/, '');
    const base = words === '' ? 'KLAVIYO' : `KLAVIYO_${words}`;
    let variable = `${base}_KEY`;
    for (let copy = 2; taken.has(variable); copy += 1) {
      variable = `${base}_${copy}_KEY`;
    }
    taken.add(variable);
    return variable;
  });
}

/**
 * The configuration as shop.yaml, complete and without secrets: each is a `${NAME}`. Reading it with the environment of
 * `secretPlaceholders` gives the same configuration.
 */
export function toYaml(config: ShopFile): string {
  const variables = keyVariables(config);
  const escaped = escapeTexts(config) as ShopFile;
  const sftp: Record<string, unknown> = { ...escaped.sftp };
  for (const [key, variable] of Object.entries(SFTP_SECRETS)) {
    if (sftp[key] !== undefined) {
      sftp[key] = `\${${variable}}`;
    }
  }
  const connections = escaped.connections.map((connection, index) => ({
    ...connection,
    apiKey: `\${${variables[index] ?? ''}}`,
  }));
  const { shop, timezone, phoneCountry, currency, automation, privacy, columns, translations, mappings } =
    escaped;
  const ordered = {
    shop,
    timezone,
    phoneCountry,
    currency,
    sftp,
    automation,
    privacy,
    connections,
    columns,
    translations,
    mappings,
  };
  return stringify(ordered, { lineWidth: 0, aliasDuplicateObjects: false });
}

function escapeTexts(value: unknown): unknown {
  if (typeof value === 'string') {
    return escapePlaceholders(value);
  }
  if (Array.isArray(value)) {
    return value.map(escapeTexts);
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, escapeTexts(member)]));
  }
  return value;
}
