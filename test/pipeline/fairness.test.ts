import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startWorkers } from '#app/adapters/queue-workers.server.ts';
import { customersCsv, people } from '#test/builders/exports.ts';
import { silentLog } from '#test/builders/log.ts';
import { createWorld, type World } from '#test/builders/world.ts';
import { jobHandlers } from '#workers/jobs/handlers.ts';

const NAME = 'customers_20260105T200000Z.csv';
const ROWS = 3_000;

function shopYaml(shop: string, directories: string[], ports: { sftpPort: number; hostKey: string }): string {
  return `shop: ${shop}
timezone: Australia/Sydney
phoneCountry: AU
currency: AUD
sftp: { host: 127.0.0.1, port: ${ports.sftpPort}, username: apparel21, password: '\${SFTP_PASSWORD}', hostKey: '${ports.hostKey}' }
connections:
${directories.map((name) => `  - { name: ${name}, apiKey: '\${KLAVIYO_AU_KEY}', directory: /pending/${name} }`).join('\n')}
`;
}

async function countFiles(world: World, shop: string, status: string): Promise<number> {
  const [row] = await world.ctx.db.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM source_file f JOIN shop s ON s.id = f.shop_id
      WHERE s.domain = $1 AND f.status = $2`,
    [shop, status],
  );
  return row?.count ?? 0;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 3_000; look += 1) {
    if (await isTrue()) {
      return;
    }
    await pause(30);
  }
  throw new Error('waited in vain');
}

test(
  'a small file of one shop is through before the large files of another, which came first on the same worker',
  { timeout: 240_000 },
  async () => {
    const [big, small] = ['big.myshopify.com', 'small.myshopify.com'];
    let ports = { sftpPort: 0, hostKey: '' };
    await using world = await createWorld({
      yaml(given) {
        ports = given;
        return shopYaml(big, ['a', 'b', 'c'], given);
      },
    });
    await world.apply(shopYaml(small, ['d'], ports));
    for (const directory of ['a', 'b', 'c']) {
      world.put(`/pending/${directory}/${NAME}`, customersCsv(people(ROWS)));
    }
    const workers = await startWorkers(world.ctx, jobHandlers, {
      redisUrl: null,
      databaseUrl: world.config.databaseUrl,
      log: silentLog(),
      concurrency: { intake: 2 },
      sweepEveryMs: 500,
    });
    try {
      await until(async () => (await countFiles(world, big, 'importing')) > 0);
      world.put(`/pending/d/${NAME}`, customersCsv(people(3)));
      await world.ctx.db.sql('UPDATE connection SET polled_at = NULL');
      await until(async () => (await countFiles(world, small, 'archived')) === 1);
      const ofBig = await countFiles(world, big, 'archived');
      await until(async () => (await countFiles(world, big, 'archived')) === 3);

      expect(ofBig).toBeLessThan(3);
    } finally {
      await workers.close();
    }
    const [sums] = await world.ctx.db.sql<{ read: number; balanced: boolean }>(
      `SELECT sum(read)::int AS read, bool_and(read = created + changed + unchanged + folded + rejected) AS balanced
         FROM import_run`,
    );
    expect(sums).toEqual({ read: 3 * ROWS + 3, balanced: true });
  },
);
