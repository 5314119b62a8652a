import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { systemProgram } from './find-program.ts';

export type TestRedis = {
  url: string;
  port: number;
  /** Kills it and starts it anew, empty, at the same place. */
  restart(): Promise<void>;
} & AsyncDisposable;

/** A Redis server of its own on a free port, in memory only. */
export async function startRedis(): Promise<TestRedis> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'threadline-redis-'));
  const port = await freePort();
  const settings = {
    port,
    bind: '127.0.0.1',
    dir: directory,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  let child = await start(settings);
  async function kill(): Promise<void> {
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async restart() {
      await kill();
      child = await start(settings);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function start(settings: Record<string, string | number>) {
  const child = spawn(
    systemProgram('redis-server'),
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  for await (const line of createInterface({ input: child.stdout })) {
    said += `${line}\n`;
    if (line.includes('Ready to accept connections')) {
      break;
    }
  }
  if (child.exitCode !== null || !said.includes('Ready to accept')) {
    throw new Error(`redis-server did not start:\n${said}`);
  }
  child.stdout.resume();
  return child;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
