import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { clusterDir, prepareDataDir, serverUser } from '#workers/local/postgres/place.ts';
import { enlist, leaveList } from '#workers/local/postgres/clients.ts';
import { stopServer } from '#workers/local/postgres/postmaster.ts';

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- only an interface can be merged
  interface ProvidedContext {
    /** Data directory of the one PostgreSQL that all test files share. */
    testDataDir: string;
  }
}

/**
 * One PostgreSQL for the whole run. Nothing is started here: the first test that wants a database does it, and because
 * this process is on the list of those that need the server, it stays until the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'threadline-test-'));
  const user = serverUser();
  prepareDataDir(dataDir, user);
  const client = enlist(dataDir);
  project.provide('testDataDir', dataDir);
  return async () => {
    leaveList(client);
    const cluster = clusterDir(dataDir, user);
    await stopServer(cluster);
    await rm(cluster, { recursive: true, force: true });
    await rm(dataDir, { recursive: true, force: true });
  };
}
