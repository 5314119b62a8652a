import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { startEmbeddedProcess } from '#test/builders/embedded-process.ts';
import { joinEmbeddedPostgres } from '#workers/local/postgres/embedded.ts';
import { readPostmaster } from '#workers/local/postgres/postmaster.ts';
import { isAlive } from '#workers/local/postgres/processes.ts';

const isRoot = process.getuid?.() === 0;

test('the first join makes a private database that keeps what was written when everybody has left', async () => {
  await using place = await emptyDataDir();
  const first = await joinEmbeddedPostgres(place.dataDir);
  expect(first.isOwner).toBe(true);
  await query(first.url, 'CREATE TABLE note (text text)');
  await query(first.url, "INSERT INTO note VALUES ('here')");
  expect(await query(first.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  expect(await query(first.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  for (const name of ['postgres.password', 'postgres.log', 'postgres.host']) {
    expect({ name, mode: statSync(path.join(place.dataDir, name)).mode & 0o777 }).toEqual({
      name,
      mode: 0o600,
    });
  }
  expect(statSync(place.dataDir).mode & 0o007).toBe(0);
  await first.leave();
  expect(isRunning(place.dataDir)).toBe(false);

  const second = await joinEmbeddedPostgres(place.dataDir);
  expect(await query(second.url, 'SELECT text FROM note')).toEqual([{ text: 'here' }]);
  await second.leave();
});

test('nobody gets in without the password', async () => {
  await using place = await seededDataDir();
  const embedded = await joinEmbeddedPostgres(place.dataDir);
  const address = new URL(embedded.url);
  address.password = 'guess';
  await expect(query(address.toString(), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  await embedded.leave();
});

test('processes that start together share one server, and the last one out stops it', async () => {
  await using place = await seededDataDir();
  const processes = await Promise.all([1, 2, 3, 4].map(() => startEmbeddedProcess(place.dataDir)));
  const said = processes.map((one) => one.said as { url: string; isOwner: boolean });
  expect(said.filter((one) => one.isOwner)).toHaveLength(1);
  expect(new Set(said.map((one) => one.url)).size).toBe(1);

  const [last, ...others] = processes;
  await Promise.all(others.map((one) => one.leave()));
  expect(await query(said[0]?.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await last?.leave();
  expect(isRunning(place.dataDir)).toBe(false);
});

test('a server that outlived a kill -9 is joined, with everything in it, and then stopped by the next to leave', async () => {
  await using place = await seededDataDir();
  const killed = await startEmbeddedProcess(place.dataDir);
  await query((killed.said as { url: string }).url, 'CREATE TABLE kept (one int)');
  await killed.kill();
  expect(isRunning(place.dataDir)).toBe(true);

  const next = await joinEmbeddedPostgres(place.dataDir);
  expect(next.isOwner).toBe(false);
  expect(await query(next.url, 'SELECT * FROM kept')).toEqual([]);
  await next.leave();
  expect(isRunning(place.dataDir)).toBe(false);
});

test('a process that ends without leaving takes the server with it when it was the last', async () => {
  await using place = await seededDataDir();
  const process = await startEmbeddedProcess(place.dataDir);
  await process.exit();
  await until(() => !isRunning(place.dataDir));
});

test('after a crash of everything, committed rows are there again', async () => {
  await using place = await seededDataDir();
  const crashed = await startEmbeddedProcess(place.dataDir);
  const { url } = crashed.said as { url: string };
  await query(url, 'CREATE TABLE paid (amount int)');
  await query(url, 'INSERT INTO paid VALUES (42)');
  const server = postmasterOf(place.dataDir);
  await crashed.kill();
  process.kill(server.pid, 'SIGKILL');
  await until(() => !isAlive(server.pid));

  const next = await joinEmbeddedPostgres(place.dataDir);
  expect(next.isOwner).toBe(true);
  expect(await query(next.url, 'SELECT amount FROM paid')).toEqual([{ amount: 42 }]);
  await next.leave();
});

test('after a restart of the machine a stranger with the old process number is not taken for the server', async () => {
  await using place = await seededDataDir();
  writeFileSync(path.join(place.dataDir, 'postgres/postmaster.pid'), staleLines(place.dataDir, process.pid));
  const embedded = await joinEmbeddedPostgres(place.dataDir);
  expect(embedded.isOwner).toBe(true);
  await embedded.leave();
});

test('a lock that its holder never released is taken over', async () => {
  await using place = await seededDataDir();
  const gone = await endedPid();
  const holder = { pid: gone, startedAt: '1', host: os.hostname() };
  writeFileSync(path.join(place.dataDir, 'postgres.lock'), JSON.stringify(holder));
  const embedded = await joinEmbeddedPostgres(place.dataDir);
  await embedded.leave();
  expect(existsSync(path.join(place.dataDir, 'postgres.lock'))).toBe(false);
});

test('two joins of one process need two leaves, and leaving twice counts once', async () => {
  await using place = await seededDataDir();
  const [one, two] = await Promise.all([
    joinEmbeddedPostgres(place.dataDir),
    joinEmbeddedPostgres(place.dataDir),
  ]);
  await one.leave();
  await one.leave();
  expect(await query(two.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await two.leave();
  expect(isRunning(place.dataDir)).toBe(false);
  expect(await readdir(path.join(place.dataDir, 'postgres.clients'))).toEqual([]);
});

test('a database that another computer left running is not touched, and the error names the file to remove', async () => {
  await using place = await seededDataDir();
  const pidFile = path.join(place.dataDir, 'postgres/postmaster.pid');
  writeFileSync(path.join(place.dataDir, 'postgres.host'), 'the-other-one');
  writeFileSync(pidFile, staleLines(place.dataDir, await endedPid()));
  await expect(joinEmbeddedPostgres(place.dataDir)).rejects.toMatchObject({
    code: 'database_in_use',
    hint: expect.stringMatching(new RegExp(`"the-other-one".*${pidFile}`)),
  });
  rmSync(pidFile);
  const embedded = await joinEmbeddedPostgres(place.dataDir);
  await embedded.leave();
});

test('a server that runs and does not answer is named, and left alone', async () => {
  await using place = await seededDataDir();
  const owner = await joinEmbeddedPostgres(place.dataDir);
  const server = postmasterOf(place.dataDir);
  process.kill(server.pid, 'SIGSTOP');
  try {
    await expect(joinEmbeddedPostgres(place.dataDir, { answerPatienceMs: 300 })).rejects.toMatchObject({
      code: 'database_in_use',
      hint: expect.stringContaining(`process number ${server.pid}`),
    });
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  expect(await query(owner.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await owner.leave();
});

test('a lost password is said, and nothing is overwritten', async () => {
  await using place = await seededDataDir();
  rmSync(path.join(place.dataDir, 'postgres.password'));
  await expect(joinEmbeddedPostgres(place.dataDir)).rejects.toMatchObject({
    code: 'embedded_database_failed',
    hint: expect.stringContaining('postgres.password'),
  });
  expect(existsSync(path.join(place.dataDir, 'postgres.password'))).toBe(false);
});

test('a database of another major version says so', async () => {
  await using place = await seededDataDir();
  writeFileSync(path.join(place.dataDir, 'postgres/PG_VERSION'), '12\n');
  await expect(joinEmbeddedPostgres(place.dataDir)).rejects.toMatchObject({
    code: 'database_version',
    hint: expect.stringContaining('PostgreSQL 12'),
  });
});

// Who may do what to whose files can only be seen as root, or only without being root.
if (isRoot) {
  test('another user of the computer is told whose database it is not', async () => {
    await using place = await seededDataDir();
    await using other = await startEmbeddedProcess(place.dataDir, nobody());
    expect(other.said).toMatchObject({
      code: 'database_in_use',
      hint: expect.stringContaining('another user'),
    });
  });

  test('root does not take over the database of an ordinary user', async () => {
    await using place = await emptyDataDir();
    await chown(place.dataDir, nobody().uid, nobody().gid);
    const ordinary = await startEmbeddedProcess(place.dataDir, nobody());
    expect(ordinary.said).toMatchObject({ isOwner: true });
    await ordinary.leave();
    await expect(joinEmbeddedPostgres(place.dataDir)).rejects.toMatchObject({ code: 'database_in_use' });
  });

  test('below a directory that only root may pass, the files lie where the server can reach them', async () => {
    const closed = await mkdtemp(path.join(os.tmpdir(), 'threadline-closed-'));
    const dataDir = path.join(closed, 'project', '.threadline');
    await mkdir(path.dirname(dataDir));
    const first = await joinEmbeddedPostgres(dataDir);
    await query(first.url, 'CREATE TABLE kept (one int)');
    const [directory] = await query<{ data_directory: string }>(first.url, 'SHOW data_directory');
    expect(directory?.data_directory).not.toContain(closed);
    await first.leave();
    const second = await joinEmbeddedPostgres(dataDir);
    expect(await query(second.url, 'SELECT * FROM kept')).toEqual([]);
    await second.leave();
    await rm(path.dirname(directory?.data_directory ?? ''), { recursive: true });
    await rm(closed, { recursive: true });
  });
} else {
  test('a directory that is not ours is said to be somebody else’s', async () => {
    await using place = await emptyDataDir();
    chmodSync(place.dataDir, 0o500);
    await expect(joinEmbeddedPostgres(path.join(place.dataDir, 'inside'))).rejects.toMatchObject({
      code: 'database_in_use',
      hint: expect.stringContaining('another user'),
    });
    chmodSync(place.dataDir, 0o700);
  });
}

type Place = { dataDir: string } & AsyncDisposable;

async function emptyDataDir(): Promise<Place> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'threadline-embedded-'));
  return {
    dataDir,
    async [Symbol.asyncDispose]() {
      const server = readPostmaster(path.join(dataDir, 'postgres'));
      if (server && server.pid !== process.pid && isAlive(server.pid)) {
        process.kill(server.pid, 'SIGKILL');
        await until(() => !isAlive(server.pid));
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

let seed: Promise<Place> | undefined;

afterAll(async () => (await seed)?.[Symbol.asyncDispose]());

/** A data directory whose database has been made before: a copy of one, because making it takes a second. */
async function seededDataDir(): Promise<Place> {
  seed ??= makeSeed();
  const { dataDir: original } = await seed;
  const place = await emptyDataDir();
  const { status, stderr } = spawnSync('cp', ['-a', `${original}/.`, place.dataDir], { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(stderr);
  }
  return place;
}

async function makeSeed(): Promise<Place> {
  const place = await emptyDataDir();
  await (await joinEmbeddedPostgres(place.dataDir)).leave();
  return place;
}

function nobody(): { uid: number; gid: number } {
  const [, , uid, gid] = (readFileSync('/etc/passwd', 'utf8').match(/^nobody:.*$/m)?.[0] ?? '').split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

function postmasterOf(dataDir: string) {
  const postmaster = readPostmaster(path.join(dataDir, 'postgres'));
  if (!postmaster) {
    throw new Error('no server runs');
  }
  return postmaster;
}

function isRunning(dataDir: string): boolean {
  const postmaster = readPostmaster(path.join(dataDir, 'postgres'));
  return postmaster !== null && isAlive(postmaster.pid);
}

/** What a server of this number would have left behind: pid, data directory, start time, port, socket, address, memory, status. */
function staleLines(dataDir: string, pid: number): string {
  return [pid, path.join(dataDir, 'postgres'), 1_700_000_000, 5432, '', '127.0.0.1', '', 'ready   ', ''].join(
    '\n',
  );
}

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('exit', resolve));
  return child.pid ?? 0;
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isTrue()) {
    if (Date.now() > deadline) {
      throw new Error('waited in vain');
    }
    await pause(20);
  }
}
