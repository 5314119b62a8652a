import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCli, runOk, startCli } from '#test/builders/cli.ts';
import { readPostmaster } from '#workers/local/postgres/postmaster.ts';
import { isAlive } from '#workers/local/postgres/processes.ts';

const SHOP_YAML = `shop: laptop.myshopify.com
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: 1, username: apparel21, password: '\${SFTP_PASSWORD}' }
connections:
  - { name: Klaviyo AU, apiKey: '\${KLAVIYO_AU_KEY}', directory: /pending/au }
`;

function isServing(dataDir: string): boolean {
  const postmaster = readPostmaster(path.join(dataDir, 'postgres'));
  return postmaster !== null && isAlive(postmaster.pid);
}

test('without DATABASE_URL commands start the embedded database in the data directory, share it, and leave no process behind', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'threadline-cli-'));
  chmodSync(directory, 0o755); // as root, the server's own user has to pass
  const dataDir = path.join(directory, 'data');
  const file = path.join(directory, 'shop.yaml');
  writeFileSync(file, SHOP_YAML);
  const env = {
    THREADLINE_DATA_DIR: dataDir,
    SFTP_PASSWORD: 'embedded-secret',
    KLAVIYO_AU_KEY: 'pk_embedded',
    LOG_LEVEL: 'warn',
  };
  try {
    const empty = await runCli(['status'], { env, cwd: directory });
    expect(empty).toEqual({
      code: 2,
      stdout: '',
      stderr: 'threadline: There is no shop yet. Create it with: threadline apply shop.yaml\n',
    });
    expect(existsSync(path.join(dataDir, 'postgres'))).toBe(true);
    expect(isServing(dataDir)).toBe(false);

    // Both at once: one starts the server, the other joins it.
    const [applied, dry] = await Promise.all([
      runOk(['apply', file], { env }),
      runOk(['apply', file, '--dry-run'], { env }),
    ]);
    expect(applied).toContain('laptop.myshopify.com');
    expect(dry).toContain('laptop.myshopify.com');
    expect(isServing(dataDir)).toBe(false);

    // A worker that runs holds it; a command beside it neither stops it nor waits for it.
    const worker = await startCli(['work'], /Threadline works/, { env });
    expect(await runOk(['status'], { env })).toMatch(/^Klaviyo AU/);
    expect(isServing(dataDir)).toBe(true);
    expect(await worker.stop('SIGINT')).toBe(0);
    expect(isServing(dataDir)).toBe(false);
    expect(readdirSync(path.join(dataDir, 'postgres.clients'))).toEqual([]);
    for (const name of readdirSync(dataDir).filter((one) => one.endsWith('.log'))) {
      expect(readFileSync(path.join(dataDir, name), 'utf8')).not.toContain('pk_embedded');
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
