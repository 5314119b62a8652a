/**
 * How long the pages of the app take with a million customers: `npx tsx test/bench/pages.ts [--scale 0.1]`.
 *
 * Fills an embedded database of its own, starts the web server with the local login, asks for every page 40 times, one after the
 * other, and prints a table. Ends with 1 when a page is missing, fails, takes over 150 ms (p95) or reads a large table whole.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '#app/config.server.ts';
import { openContext } from '#app/context.server.ts';
import { joinEmbeddedPostgres } from '#workers/local/postgres/embedded.ts';
import { ensureWebBuild } from '#workers/web/build.ts';
import { startWeb } from '#workers/web/server.ts';
import { silentLog } from '../builders/log.ts';
import { addressesOf, type Address } from './addresses.ts';
import { fillShop, SHOP } from './fill.ts';
import { watchSql, type WatchedSql } from './watched-sql.ts';

const WARM_UPS = 5;
const REQUESTS = 40;
const LIMIT_MS = 150;

type Measured = { name: string; p50: number; p95: number; bytes: number; faults: string[] };

const { values } = parseArgs({ options: { scale: { type: 'string', default: '1' } } });
process.exitCode = (await bench(Number(values.scale))) ? 0 : 1;

async function bench(scale: number): Promise<boolean> {
  const directory = mkdtempSync(path.join(tmpdir(), 'threadline-bench-'));
  const log = silentLog();
  // Nothing of it outlives the run; all the rest is as a merchant's server has it.
  const postgres = await joinEmbeddedPostgres(directory, {
    log,
    settings: { fsync: 'off', max_wal_size: '8GB' },
  });
  try {
    const config = readConfig({
      DATABASE_URL: postgres.url,
      THREADLINE_DATA_DIR: directory,
      KLAVIYO_BASE_URL: 'http://127.0.0.1:1',
      THREADLINE_ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
    });
    const { ctx, close } = await openContext({ ...config, databaseUrl: postgres.url }, { log });
    try {
      const shopId = await fillShop(ctx, { scale, say });
      const watched = watchSql(ctx);
      await ensureWebBuild();
      const web = await startWeb({
        ctx: watched.ctx,
        config: { isProduction: false, shopify: null, insecureLocalShop: SHOP },
        port: 0,
        host: '127.0.0.1',
      });
      try {
        return await measureAll(web.url, watched, await addressesOf(ctx, shopId));
      } finally {
        await web.close();
      }
    } finally {
      await close();
    }
  } finally {
    await postgres.leave();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureAll(url: string, watched: WatchedSql, addresses: Address[]): Promise<boolean> {
  const results: Measured[] = [];
  for (const [index, address] of addresses.entries()) {
    say(`${index + 1} of ${addresses.length}: ${address.path}`);
    results.push(await measure(url, watched, address));
  }
  const width = Math.max(...results.map(({ name }) => name.length));
  print(`${'page'.padEnd(width)}  p50 ms  p95 ms     bytes`);
  for (const { name, p50, p95, bytes, faults } of results) {
    print(
      `${name.padEnd(width)}  ${figure(p50, 6)}  ${figure(p95, 6)}  ${String(bytes).padStart(8)}  ${faults.length === 0 ? 'ok' : ''}`,
    );
    faults.forEach((fault) => print(`    ${fault}`));
  }
  const bad = results.filter(({ faults }) => faults.length > 0).length;
  print(
    `${results.length - bad} of ${results.length} pages within ${LIMIT_MS} ms (p95) and without reading a large table whole`,
  );
  const [load = 0] = loadavg();
  if (load > availableParallelism()) {
    print(`The machine was busy with other things (load ${load.toFixed(1)}): these times say little.`);
  }
  return bad === 0;
}

async function measure(url: string, watched: WatchedSql, address: Address): Promise<Measured> {
  const name = `${address.body === undefined ? '' : 'POST '}${address.path}${address.next === undefined ? '' : ' (page 2)'}`;
  const nothing = { name, p50: 0, p95: 0, bytes: 0 };
  const target =
    address.next === undefined ? url + address.path : await secondPage(url, address.path, address.next);
  if (target === null) {
    return { ...nothing, faults: ['missing: no second page was found'] };
  }
  let status = 0;
  const whole = await watched.wholeReads(async () => {
    status = (await ask(target, address.body)).status;
  });
  if (status !== 200) {
    return { ...nothing, faults: [status === 404 ? 'missing (404)' : `answers ${status}`] };
  }
  const times: number[] = [];
  let bytes = 0;
  for (let request = 0; request < WARM_UPS + REQUESTS; request += 1) {
    const answer = await ask(target, address.body);
    bytes = answer.bytes;
    if (request >= WARM_UPS) {
      times.push(answer.ms);
    }
  }
  times.sort((a, b) => a - b);
  const p95 = percentile(times, 0.95);
  const limit = address.limitMs ?? LIMIT_MS;
  const slow = p95 > limit ? [`slow: p95 over ${limit} ms`] : [];
  return { name, p50: percentile(times, 0.5), p95, bytes, faults: [...slow, ...whole] };
}

async function ask(
  target: string,
  body: unknown,
): Promise<{ status: number; ms: number; bytes: number; text: string }> {
  const init: RequestInit =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const startedAt = performance.now();
  const answer = await fetch(target, { redirect: 'manual', ...init });
  const text = await answer.text();
  return { status: answer.status, ms: performance.now() - startedAt, bytes: Buffer.byteLength(text), text };
}

/** The address of the next page, from a link of the page or from what its loader gave. */
async function secondPage(url: string, list: string, parameter: string): Promise<string | null> {
  const { text } = await ask(url + list, undefined);
  const linked = new RegExp(`[?&;]${parameter}=([^"&\\\\]+)`).exec(text)?.[1];
  // Remix writes what loaders gave as a flat list in a text: names and values side by side.
  const given = new RegExp(`${parameter}\\\\?"[:,]\\\\?"([^"\\\\]+)`).exec(text)?.[1];
  const cursor = linked ?? (given === undefined ? undefined : encodeURIComponent(given));
  return cursor === undefined ? null : `${url}${list}?${parameter}=${cursor}`;
}

function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

function figure(ms: number, width: number): string {
  return ms.toFixed(1).padStart(width);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
