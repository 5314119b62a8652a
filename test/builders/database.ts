import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inject } from 'vitest';
import { migrate } from '#app/adapters/migrate.server.ts';
import { openDatabase } from '#app/adapters/postgres.server.ts';
import type { Database, Log } from '#app/context.ts';
import { joinEmbeddedPostgres, type EmbeddedPostgres } from '#workers/local/postgres/embedded.ts';
import { silentLog } from './log.ts';

export const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));

const TEMPLATE = 'threadline_template';

/** Any number will do: the first test file of a run makes the template, the others wait for it. */
const TEMPLATE_LOCK = 4711;

export type TestDatabase = { url: string; db: Database } & AsyncDisposable;

let server: Promise<EmbeddedPostgres> | undefined;

/** The server of this run, started by whoever asks first. Tests lose nothing that matters when the machine crashes. */
function testServer(): Promise<EmbeddedPostgres> {
  server ??= joinEmbeddedPostgres(inject('testDataDir'), {
    log: silentLog(),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  return server;
}

/** A migrated, empty database of its own on the server of this run; dropped at the end of the `await using` block. */
export async function createTestDatabase({ log = silentLog() }: { log?: Log } = {}): Promise<TestDatabase> {
  const clone = await cloneTemplate();
  const db = await openDatabase(clone.url, { log, poolSize: 8 });
  return {
    url: clone.url,
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      await clone[Symbol.asyncDispose]();
    },
  };
}

/** The same without a connection to it. */
export async function cloneTemplate(): Promise<{ url: string } & AsyncDisposable> {
  return createDatabase(`test_${randomUUID().replaceAll('-', '')}`, async (client, serverUrl, name) => {
    await ensureTemplate(client, serverUrl);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  });
}

/** An empty database without any table. */
export async function createEmptyDatabase(): Promise<{ url: string } & AsyncDisposable> {
  return createDatabase(`empty_${randomUUID().replaceAll('-', '')}`, async (client, _serverUrl, name) => {
    await client.query(`CREATE DATABASE ${name}`);
  });
}

async function createDatabase(
  name: string,
  create: (client: pg.Client, serverUrl: string, name: string) => Promise<void>,
): Promise<{ url: string } & AsyncDisposable> {
  const { url: serverUrl } = await testServer();
  await administer(serverUrl, (client) => create(client, serverUrl, name));
  return {
    url: named(serverUrl, name),
    async [Symbol.asyncDispose]() {
      await administer(serverUrl, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

async function ensureTemplate(client: pg.Client, serverUrl: string): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (rowCount === 0) {
      await client.query(`CREATE DATABASE ${TEMPLATE}_unfinished`);
      await migrate(named(serverUrl, `${TEMPLATE}_unfinished`), MIGRATIONS);
      await client.query(`ALTER DATABASE ${TEMPLATE}_unfinished RENAME TO ${TEMPLATE}`);
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function administer<Result>(
  serverUrl: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: named(serverUrl, 'postgres') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function named(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.toString();
}
