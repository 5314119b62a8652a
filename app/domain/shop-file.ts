import { compileSettings, mappingProblems } from './compile-rules.ts';
import { pathText, problemsOf, type ConfigProblem } from './config-problems.ts';
import { expandEnv } from './expand-env.ts';
import { directoriesOverlap } from './lanes.ts';
import { translationSchema, usableParts } from './mapping-schema.ts';
import { presetMappings, presetTranslations } from './presets.ts';
import { readYaml } from './read-yaml.ts';
import type { ConnectionRules, TranslationTable } from './rules.ts';
import { shopFileSchema, type ShopFile } from './shop-file-schema.ts';

export type { ConfigProblem } from './config-problems.ts';
export type {
  ColumnOverrides,
  ConnectionFile,
  ConnectionSettings,
  ExpectedFile,
  SftpSettings,
  ShopFile,
} from './shop-file-schema.ts';
export { secretPlaceholders, toYaml } from './shop-file-yaml.ts';

/**
 * Reads shop.yaml. `env` gives the values of `${NAME}`. Either the whole configuration with defaults and presets, or
 * all problems at once: YAML, unset variables, unknown keys, values, templates, targets, translation tables, and
 * connections that clash.
 */
export function parseShopFile(
  text: string,
  env: Record<string, string | undefined>,
): { ok: true; config: ShopFile } | { ok: false; problems: ConfigProblem[] } {
  const read = readYaml(text);
  if ('problems' in read) {
    return { ok: false, problems: read.problems };
  }
  const { document: raw, problems: unset } = expandEnv(read.document, env);
  const parsed = shopFileSchema.safeParse(raw);
  const problems = [
    ...unset,
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, shopFileSchema)),
    ...sftpProblems(raw),
    ...connectionProblems(raw),
    ...ruleProblems(raw),
  ];
  if (!parsed.success || problems.length > 0) {
    return { ok: false, problems };
  }
  return { ok: true, config: withPresets(parsed.data) };
}

function withPresets(parsed: Omit<ShopFile, 'mappings'> & { mappings?: ShopFile['mappings'] }): ShopFile {
  return {
    ...parsed,
    translations: { ...presetTranslations, ...parsed.translations },
    mappings: parsed.mappings ?? presetMappings(parsed.columns),
  };
}

/** The rules of one connection: its own columns over the shop's, its mappings instead of the shop's of the same target. */
export function connectionRules(
  config: ShopFile,
  connectionName: string,
  eventSeed: string,
): ConnectionRules {
  const connection = config.connections.find(({ name }) => name === connectionName);
  if (connection === undefined) {
    throw new Error(`no connection named ${connectionName}`);
  }
  const { columns: own = {}, mappings: ownMappings = [] } = connection;
  const replaced = new Set(ownMappings.map(({ scope, target }) => `${scope} ${target}`));
  return {
    eventSeed,
    timezone: config.timezone,
    phoneCountry: config.phoneCountry,
    currency: config.currency,
    columns: {
      customers: { ...config.columns.customers, ...own.customers },
      orders: { ...config.columns.orders, ...own.orders },
      rewards: { ...config.columns.rewards, ...own.rewards },
    },
    mappings: [
      ...config.mappings.filter(({ scope, target }) => !replaced.has(`${scope} ${target}`)),
      ...ownMappings,
    ],
    translations: config.translations,
    events: connection.events,
    itemEvents: connection.itemEvents,
    passThrough: connection.passThrough,
    list: connection.list,
    historyBefore: connection.historyBefore,
    sendExternalId: connection.sendExternalId,
  };
}

/** A login needs a password or a key. Read from the raw document: other mistakes must not hide this one. */
function sftpProblems(raw: unknown): ConfigProblem[] {
  const sftp = memberOf(raw, 'sftp');
  if (sftp === null || typeof sftp !== 'object') {
    return [];
  }
  const given = ['password', 'privateKey', 'privateKeyFile'].filter(
    (key) => memberOf(sftp, key) !== undefined,
  );
  if (given.length === 0) {
    const message = 'The SFTP login has neither password nor key';
    return [{ path: 'sftp', message, remedy: 'Add password, privateKey or privateKeyFile' }];
  }
  if (given.includes('privateKey') && given.includes('privateKeyFile')) {
    const message = 'The SFTP login has two private keys';
    return [{ path: 'sftp.privateKeyFile', message, remedy: 'Keep privateKey or privateKeyFile' }];
  }
  return [];
}

/** Names and directories that two connections share. */
function connectionProblems(raw: unknown): ConfigProblem[] {
  const connections = listOf(memberOf(raw, 'connections'));
  return connections.flatMap((connection, index) => {
    const earlier = connections.slice(0, index);
    const name = memberOf(connection, 'name');
    const directory = memberOf(connection, 'directory');
    const namesake = earlier.some((other) => typeof name === 'string' && memberOf(other, 'name') === name);
    const neighbour = earlier.find((other) => {
      const theirs = memberOf(other, 'directory');
      return (
        typeof directory === 'string' && typeof theirs === 'string' && directoriesOverlap(directory, theirs)
      );
    });
    const path = `connections[${index}]`;
    return [
      ...(namesake
        ? [
            {
              path: `${path}.name`,
              message: `Two connections are named "${String(name)}"`,
              remedy: 'Give each its own name',
            },
          ]
        : []),
      ...(neighbour === undefined
        ? []
        : [
            {
              path: `${path}.directory`,
              message: `"${String(directory)}" is already the directory of "${String(memberOf(neighbour, 'name'))}"`,
              remedy: 'Give each connection its own directory',
            },
          ]),
    ];
  });
}

/** Mistakes in targets, templates, conditions and tables of every mapping, as far as it has the right shape. */
function ruleProblems(raw: unknown): ConfigProblem[] {
  const tables: Record<string, TranslationTable> = { ...presetTranslations };
  for (const [name, table] of Object.entries(memberOf(raw, 'translations') ?? {})) {
    const parsed = translationSchema.safeParse(table);
    tables[name] = parsed.success ? parsed.data : { whenMissing: 'keep', entries: {} };
  }
  // A zone that is wrong has its own problem; times in conditions can still be judged.
  const settings = compileSettings({ timezone: 'UTC', phoneCountry: 'AU', translations: tables });
  const places: { path: (string | number)[]; mappings: unknown }[] = [
    { path: ['mappings'], mappings: memberOf(raw, 'mappings') },
    ...listOf(memberOf(raw, 'connections')).map((connection, index) => ({
      path: ['connections', index, 'mappings'],
      mappings: memberOf(connection, 'mappings'),
    })),
  ];
  return places.flatMap(({ path, mappings }) =>
    listOf(mappings).flatMap((mapping, index) =>
      mappingProblems(usableParts(mapping), settings, pathText([...path, index])).map(toProblem),
    ),
  );
}

const REMEDIES: Record<string, string> = {
  bad_template: 'Correct the template',
  bad_target: 'Choose one of these targets',
  bad_condition: 'Correct the condition',
  bad_rules: 'Correct the mapping',
};

function toProblem(error: { code: string; hint: string; where: { path?: string } }): ConfigProblem {
  return {
    path: error.where.path ?? '',
    message: error.hint.replace(/\.$/, ''),
    remedy: REMEDIES[error.code] ?? 'Correct it',
  };
}

function memberOf(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
