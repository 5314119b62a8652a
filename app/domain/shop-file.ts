import type { Columns, ConnectionRules, EventNames, Mapping, TranslationTable } from './rules.ts';
import type { RecordKind } from './records.ts';

export type SftpSettings = {
  host: string;
  port: number;
  username: string;
  password?: string;
  privateKey?: string;
  privateKeyFile?: string;
  passphrase?: string;
  hostKey?: string;
};
export type ExpectedFile = { kind: RecordKind; every: string; grace: string };
export type ColumnOverrides = { [Kind in RecordKind]?: Partial<Columns[Kind]> };

export type ConnectionFile = {
  name: string;
  apiKey: string;
  directory: string;
  list: string | null;
  mode: 'production' | 'test';
  testMaxRecords: number;
  batchSize: number;
  historyBefore: string | null;
  events: EventNames;
  itemEvents: boolean;
  passThrough: boolean;
  sendExternalId: boolean;
  notify: { errors: string[]; successes: string[] };
  expect: ExpectedFile[];
  columns?: ColumnOverrides;
  mappings?: Mapping[];
};

/** shop.yaml with every default filled in and `${NAME}` expanded. */
export type ShopFile = {
  shop: string;
  timezone: string;
  phoneCountry: string;
  currency: string;
  sftp: SftpSettings;
  automation: { dataSync: boolean; pollSeconds: number; fileCleanup: { enabled: boolean; retentionDays: number } };
  connections: ConnectionFile[];
  columns: Columns;
  translations: Record<string, TranslationTable>;
  mappings: Mapping[];
};
export type ConfigProblem = { path: string; message: string; remedy: string };

export function parseShopFile(
  _text: string,
  _env: Record<string, string | undefined>,
): { ok: true; config: ShopFile } | { ok: false; problems: ConfigProblem[] } {
  throw new Error('not written yet');
}
export function toYaml(_config: ShopFile): string {
  throw new Error('not written yet');
}
export function connectionRules(_config: ShopFile, _connectionName: string, _eventSeed: string): ConnectionRules {
  throw new Error('not written yet');
}
