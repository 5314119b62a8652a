import { parseDocument } from 'yaml';
import { pathText, type ConfigProblem } from './config-problems.ts';
import { placeholdersIn } from './expand-env.ts';
import { hostProblem } from './read-sftp-form.ts';
import { parseShopFile, secretPlaceholders, type ShopFile } from './shop-file.ts';
import { SFTP_SECRETS } from './shop-file-yaml.ts';
import { lineFinder } from './yaml-lines.ts';

/** One thing to correct in a file that somebody uploaded: where, in words, and in which line if it stands in one. */
export type PlacedProblem = { path: string; line: number | null; message: string };

export type WebShopFile = { ok: true; config: ShopFile } | { ok: false; problems: PlacedProblem[] };

type Path = (string | number)[];
type Text = { path: Path; text: string };
type Secret = { path: Path; value: string };

/**
 * Reads a shop.yaml that a person gives a page. Nothing of the server reaches it: no environment, no file. `${NAME}` keeps a
 * secret that the shop has stored (`stored`: its configuration, secrets opened), under the name that the export gives it
 * and only where such a secret belongs: in any other place a page would show it. Problems never hold a secret.
 */
export function readWebShopFile(text: string, stored: ShopFile): WebShopFile {
  try {
    return read(text, stored);
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
    // The stack ended: no reader of a configuration goes that deep.
    const message = 'The file is nested too deeply, or an alias holds itself. Write it like an exported one.';
    return { ok: false, problems: [{ path: '', line: null, message }] };
  }
}

function read(text: string, stored: ShopFile): WebShopFile {
  const raw = documentOf(text);
  const texts = textsOf(raw);
  const names = texts.flatMap((one) => placeholdersIn(one.text));
  const { secrets, problems: misplaced } = keptSecrets(texts, stored);
  // Read with the names in place of the secrets: whatever a problem quotes, it quotes no secret.
  const parsed = parseShopFile(text, standIns(names));
  const own = [
    ...misplaced,
    ...texts.flatMap(storableProblem),
    ...keyFileProblem(raw),
    ...(parsed.ok ? shopProblems(parsed.config, stored, secrets) : []),
  ];
  const told = new Set(own.map(({ path }) => path));
  const problems = [...own, ...(parsed.ok ? [] : parsed.problems.filter(({ path }) => !told.has(path)))];
  if (!parsed.ok || problems.length > 0) {
    return { ok: false, problems: placed(text, problems) };
  }
  return { ok: true, config: complete(parsed.config, { raw, secrets, stored }) };
}

function documentOf(text: string): unknown {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'error' });
  try {
    return document.errors.length > 0 ? null : (document.toJS() as unknown);
  } catch {
    // parseShopFile says what is wrong.
    return null;
  }
}

function standIns(names: string[]): Record<string, string> {
  const environment = Object.create(null) as Record<string, string>;
  for (const name of names) {
    environment[name] = `\${${name}}`;
  }
  return environment;
}

/** All texts of a document, keys too: these stand under the path of what they name. */
function textsOf(value: unknown, path: Path = []): Text[] {
  if (typeof value === 'string') {
    return [{ path, text: value }];
  }
  if (Array.isArray(value)) {
    return value.flatMap((member, index) => textsOf(member, [...path, index]));
  }
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([key, member]) => textsOf(member, [...path, key]));
  }
  return [];
}

/** What belongs where: `password`, `privateKey`, `passphrase`, `apiKey`; null = no secret belongs there. */
function secretAt(path: Path): keyof typeof SFTP_SECRETS | 'apiKey' | null {
  const [first, second, third] = path;
  if (first === 'sftp' && path.length === 2) {
    const keys = Object.keys(SFTP_SECRETS) as (keyof typeof SFTP_SECRETS)[];
    return keys.find((key) => key === second) ?? null;
  }
  return first === 'connections' && path.length === 3 && third === 'apiKey' ? 'apiKey' : null;
}

const SECRET_WORDS = {
  password: 'the password',
  privateKey: 'the private key',
  passphrase: 'the passphrase',
  apiKey: 'the key',
};

function keptSecrets(texts: Text[], stored: ShopFile): { secrets: Secret[]; problems: ConfigProblem[] } {
  const known = new Map(Object.entries(secretPlaceholders(stored)));
  const ofSftp = new Set<string>(Object.values(SFTP_SECRETS));
  const secrets: Secret[] = [];
  const problems: ConfigProblem[] = [];
  for (const { path, text } of texts) {
    const [name] = placeholdersIn(text);
    if (name === undefined) {
      continue;
    }
    const what = secretAt(path);
    const value = known.get(name);
    const fits = what === 'apiKey' ? !ofSftp.has(name) : what !== null && SFTP_SECRETS[what] === name;
    if (what === null) {
      const message = `\${${name}} stands for a secret, and no secret belongs here`;
      problems.push({ path: pathText(path), message, remedy: 'Write the value itself' });
    } else if (text.trim() !== `\${${name}}`) {
      const message = `\${${name}} must stand alone`;
      problems.push({
        path: pathText(path),
        message,
        remedy: `Write only \${${name}}, or ${SECRET_WORDS[what]}`,
      });
    } else if (value === undefined || !fits) {
      const message = `Enter ${SECRET_WORDS[what]} in place of \${${name}}; the app knows only the secrets that it has stored`;
      problems.push({ path: pathText(path), message, remedy: '' });
    } else {
      secrets.push({ path, value });
    }
  }
  return { secrets, problems };
}

/** The database stores no NUL and no half characters. */
function storableProblem({ path, text }: Text): ConfigProblem[] {
  const all = `${path.join('')}${text}`;
  const isStorable =
    !all.includes('\u0000') &&
    !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(all);
  return isStorable
    ? []
    : [{ path: pathText(path), message: 'It holds a character that is none', remedy: 'Type it anew' }];
}

function keyFileProblem(raw: unknown): ConfigProblem[] {
  const sftp = raw !== null && typeof raw === 'object' && 'sftp' in raw ? raw.sftp : null;
  return sftp !== null && typeof sftp === 'object' && 'privateKeyFile' in sftp
    ? [
        {
          path: 'sftp.privateKeyFile',
          message: 'A file that is imported here cannot name another file',
          remedy: 'Write the key itself as privateKey, or ${SFTP_PRIVATE_KEY} to keep the stored one',
        },
      ]
    : [];
}

function shopProblems(config: ShopFile, stored: ShopFile, secrets: Secret[]): ConfigProblem[] {
  const { host, port } = config.sftp;
  const isElsewhere = host !== stored.sftp.host || port !== stored.sftp.port;
  const keepsPassword = secrets.some(({ path }) => pathText(path) === 'sftp.password');
  return [
    ...(config.shop.toLowerCase() === stored.shop.toLowerCase()
      ? []
      : [
          {
            path: 'shop',
            message: `The file is for ${config.shop}, and this shop is ${stored.shop}`,
            remedy: `To use it here, write shop: ${stored.shop}`,
          },
        ]),
    ...hostProblem(host).map(({ message }) => ({ path: 'sftp.host', message, remedy: '' })),
    // Whoever may change the address could otherwise have the password sent to a server of his own.
    ...(isElsewhere && keepsPassword
      ? [
          {
            path: 'sftp.password',
            message: `The stored password belongs to ${stored.sftp.host}:${stored.sftp.port} and goes to no other server`,
            remedy: 'Enter the password of the new server in its place',
          },
        ]
      : []),
  ];
}

/** The configuration with the secrets that were kept, and without preset tables that neither the file nor the shop has. */
function complete(
  config: ShopFile,
  { raw, secrets, stored }: { raw: unknown; secrets: Secret[]; stored: ShopFile },
): ShopFile {
  const { mappings, translations } = raw as { mappings?: unknown; translations?: object };
  const named = new Set([...Object.keys(translations ?? {}), ...Object.keys(stored.translations)]);
  const sftp = { ...config.sftp };
  const connections = config.connections.map((connection) => ({ ...connection }));
  for (const { path, value } of secrets) {
    const [first, second] = path;
    const key = secretAt(path);
    const connection = first === 'connections' ? connections[Number(second)] : undefined;
    if (connection !== undefined) {
      connection.apiKey = value;
    } else if (key !== null && key !== 'apiKey') {
      sftp[key] = value;
    }
  }
  return {
    ...config,
    shop: stored.shop,
    sftp,
    connections,
    // The preset mappings, which stand for none in the file, need the preset tables.
    translations:
      mappings === undefined
        ? config.translations
        : Object.fromEntries(Object.entries(config.translations).filter(([name]) => named.has(name))),
  };
}

function placed(text: string, problems: ConfigProblem[]): PlacedProblem[] {
  const lineOf = lineFinder(text);
  return problems
    .map(({ path, message, remedy }) => {
      const [, line] = /^line (\d+)$/.exec(path) ?? [];
      return {
        path: line === undefined ? path : '',
        line: line === undefined ? lineOf(path) : Number(line),
        message: inWords(message, remedy),
      };
    })
    .sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
}

function inWords(message: string, remedy: string): string {
  const sentences = [message, remedy.replace(', privateKey or privateKeyFile', ' or privateKey')];
  return sentences
    .filter((part) => part !== '')
    .map((part) => part.replace(/\.?$/, '.'))
    .join(' ');
}
