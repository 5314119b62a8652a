import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AccountSpec } from '#workers/local/klaviyo/options.ts';
import { generateExports } from '#workers/local/generate/index.ts';
import { STORES } from '#workers/local/generate/stores.ts';

export const DEMO_SHOP = 'demo.myshopify.com';

/** What the sample shop's `${NAME}` stand for. No secrets: the servers that know them live and die with the demo. */
export const DEMO_ENVIRONMENT = {
  SFTP_USERNAME: 'apparel21',
  SFTP_PASSWORD: 'demo-only',
  KLAVIYO_AU_KEY: 'pk_demo_au',
  KLAVIYO_NZ_KEY: 'pk_demo_nz',
};

/** The two accounts of the local Klaviyo. */
export const DEMO_ACCOUNTS: AccountSpec[] = [
  {
    id: 'DEMOAU',
    name: 'Demo Australia',
    keys: [{ key: DEMO_ENVIRONMENT.KLAVIYO_AU_KEY }],
    timezone: 'Australia/Sydney',
    currency: 'AUD',
  },
  {
    id: 'DEMONZ',
    name: 'Demo New Zealand',
    keys: [{ key: DEMO_ENVIRONMENT.KLAVIYO_NZ_KEY }],
    timezone: 'Pacific/Auckland',
    currency: 'NZD',
  },
];

/** Says that the samples were written once: whatever became of them since, they are not written again. */
const MARKER = '.samples-written';
/** The outlet that nobody translated yet, so that the demo has an unknown value to show. */
const UNTRANSLATED = 'OUT10';

/**
 * The demo's shop.yaml: one shop on one SFTP account with two Klaviyo accounts, each with its own directory, and the
 * preset mappings. The keys and the password come from `DEMO_ENVIRONMENT`.
 */
export function sampleShopYaml({ sftpPort, hostKey }: { sftpPort: number; hostKey: string }): string {
  const stores = [...STORES.AU, ...STORES.NZ]
    .filter((store) => store.code !== UNTRANSLATED)
    .map((store) => `      ${store.code}: ${store.name}`);
  return `# The demo's shop. Every key is explained in the README; what is left out has its usual value.
shop: ${DEMO_SHOP}
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp:
  host: 127.0.0.1
  port: ${sftpPort}
  username: ${DEMO_ENVIRONMENT.SFTP_USERNAME}
  password: \${SFTP_PASSWORD}
  hostKey: ${hostKey}
automation:
  dataSync: true
  pollSeconds: 5
  fileCleanup: { enabled: true, retentionDays: 30 }
connections:
  - name: Klaviyo AU
    apiKey: \${KLAVIYO_AU_KEY}
    directory: /pending/au
    list: Retail Customers
    historyBefore: 2026-01-01
  - name: Klaviyo NZ
    apiKey: \${KLAVIYO_NZ_KEY}
    directory: /pending/nz
    list: Retail Customers NZ
    historyBefore: 2026-01-01
translations:
  stores:
    whenMissing: keep
    entries:
${stores.join('\n')}
`;
}

/**
 * Fills the root of the demo's SFTP server: sample exports for both connections (New Zealand's with semicolons, CRLF and
 * a byte order mark, as another Apparel21 would write them), a file whose name says nothing, and the next day's file for
 * review in the test lane. Does nothing in a root that was filled before.
 */
export async function writeSampleFiles(root: string, seed = 21): Promise<void> {
  if (existsSync(path.join(root, MARKER)) || (await hasProcessedFiles(root))) {
    return;
  }
  for (const lane of ['pending', 'test', 'bulk', 'processed']) {
    for (const connection of ['au', 'nz']) {
      await mkdir(path.join(root, lane, connection), { recursive: true });
    }
  }
  const pending = path.join(root, 'pending', 'au');
  const australia = await generateExports({
    outDir: pending,
    customers: 2000,
    orders: 600,
    rewards: 300,
    seed,
  });
  await generateExports({
    outDir: path.join(root, 'pending', 'nz'),
    customers: 800,
    orders: 200,
    rewards: 100,
    seed: seed + 1,
    country: 'NZ',
    delimiter: ';',
    newline: '\r\n',
    encoding: 'utf-8-bom',
  });
  await generateExports({
    outDir: path.join(root, 'test', 'au'),
    customers: 60,
    seed,
    day: 1,
    change: 0.1,
  });
  const rewards = australia.files.find((file) => file.kind === 'rewards');
  if (rewards !== undefined) {
    await copyFile(rewards.path, path.join(pending, 'loyalty export FINAL (2).csv'));
  }
  await writeFile(path.join(root, MARKER), '');
}

async function hasProcessedFiles(root: string): Promise<boolean> {
  const processed = path.join(root, 'processed');
  if (!existsSync(processed)) {
    return false;
  }
  const names = await readdir(processed, { recursive: true });
  return names.some((name) => /\.csv/i.test(name));
}
