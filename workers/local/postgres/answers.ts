import { realpathSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { readPostmaster } from './postmaster.ts';

/** A server that starts may have a crash to recover from: that reads up to max_wal_size. */
const STARTING_PATIENCE_MS = 120_000;

/** True when the server of this cluster answers within `patienceMs`; one that is still starting gets two minutes. */
export async function connectWhenReady(url: string, directory: string, patienceMs: number): Promise<boolean> {
  const startedAt = Date.now();
  for (;;) {
    if (await answers(url, directory, patienceMs)) {
      return true;
    }
    const status = readPostmaster(directory)?.status;
    const patience = status === 'starting' ? STARTING_PATIENCE_MS : patienceMs;
    if (status === undefined || Date.now() - startedAt > patience) {
      return false;
    }
    await pause(50);
  }
}

/** Connects and makes sure that this is the server of our files, not another program on an old port. */
async function answers(url: string, directory: string, patienceMs: number): Promise<boolean> {
  const client = maintenanceClient(url, patienceMs);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    return rows[0] !== undefined && realpathSync(rows[0].data_directory) === realpathSync(directory);
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Creates the database of this name unless it is there. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = maintenanceClient(url);
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}

function maintenanceClient(url: string, patienceMs = STARTING_PATIENCE_MS): pg.Client {
  const address = new URL(url);
  address.pathname = '/postgres';
  const client = new pg.Client({
    connectionString: address.toString(),
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  });
  client.on('error', () => undefined); // the running query reports it
  return client;
}
