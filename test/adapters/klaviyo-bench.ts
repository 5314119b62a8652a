import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { klaviyoPort } from '#app/adapters/klaviyo.server.ts';
import type { KlaviyoPortOptions } from '#app/adapters/klaviyo.server.ts';
import { klaviyoLimits } from '#app/adapters/klaviyo-limits.server.ts';
import { createPacer } from '#app/adapters/klaviyo-pacer.server.ts';
import type { Pacer, PacerOptions } from '#app/adapters/klaviyo-pacer.server.ts';
import type { Context, Log } from '#app/context.ts';
import type { KlaviyoClient, KlaviyoRequest } from '#app/domain/ports/klaviyo.ts';

/** A clock that stands still until the test moves it; sleepers wake in the order of their times. */
export type StillClock = Context['clock'] & {
  /** Milliseconds since the test began. */
  elapsedMs(): number;
  /** Moves on by so long and wakes everybody on the way. */
  advance(ms: number): Promise<void>;
  /** Jumps from sleeper to sleeper until nobody sleeps; answers how many jumps it took. */
  runUntilIdle(): Promise<number>;
  /** Sets the wall clock, forwards or backwards, without anybody's time passing. */
  jump(ms: number): void;
};

export function stillClock(startsAt = Date.UTC(2026, 6, 15)): StillClock {
  let elapsed = 0;
  let shift = 0;
  const sleepers = new Set<{ atMs: number; wake(): void }>();

  function earliest(): { atMs: number; wake(): void } | undefined {
    let first: { atMs: number; wake(): void } | undefined;
    for (const sleeper of sleepers) {
      if (!first || sleeper.atMs < first.atMs) {
        first = sleeper;
      }
    }
    return first;
  }

  async function wakeUntil(limitMs: number): Promise<number> {
    let jumps = 0;
    await setImmediate();
    for (let next = earliest(); next && next.atMs <= limitMs; next = earliest()) {
      sleepers.delete(next);
      elapsed = Math.max(elapsed, next.atMs);
      next.wake();
      jumps += 1;
      await setImmediate();
    }
    return jumps;
  }

  return {
    now: () => new Date(startsAt + elapsed + shift),
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        const sleeper = { atMs: elapsed + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      });
    },
    elapsedMs: () => elapsed,
    async advance(ms) {
      const until = elapsed + ms;
      await wakeUntil(until);
      elapsed = until;
    },
    runUntilIdle: () => wakeUntil(Infinity),
    jump(ms) {
      shift += ms;
    },
  };
}

/** The real clock. */
export const realClock: Context['clock'] = {
  now: () => new Date(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
};

/** A log that keeps its lines. */
export function keptLog(): { log: Log; lines: object[] } {
  const lines: object[] = [];
  function write(fields: object, message: string): void {
    lines.push({ ...fields, message });
  }
  const log: Log = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: () => log,
    within: (_fields, work) => work(),
  };
  return { log, lines };
}

export type SeenRequest = {
  method: string;
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
  port: number;
};

/** A server on port 0 that reads each request whole, keeps it and then lets `answer` speak. */
export async function httpServer(
  answer: (response: http.ServerResponse, request: SeenRequest) => void,
): Promise<{ url: string; seen: SeenRequest[] } & AsyncDisposable> {
  const seen: SeenRequest[] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body, port: request.socket.remotePort ?? 0 };
      seen.push(one);
      answer(response, one);
    });
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server below HTTP: what it does with a connection and the bytes of a request is the test's. */
export async function tcpServer(
  talk: (socket: net.Socket) => void,
): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const apiKey = 'pk_0123456789abcdef0123456789abcdef01';
export const getLists: KlaviyoRequest = {
  operation: 'getLists',
  method: 'GET',
  path: '/api/lists?page[size]=10&filter=equals(email,"ann@shop.example")',
};
export const importProfiles: KlaviyoRequest = {
  operation: 'importProfiles',
  method: 'POST',
  path: '/api/profile-bulk-import-jobs',
  body: '{"data": {"type":"profile-bulk-import-job","name":"Zoë"} }',
};

export type Bench = {
  port: ReturnType<typeof klaviyoPort>;
  client: KlaviyoClient;
  lines: object[];
} & AsyncDisposable;

/** A port with a kept log and a client of `apiKey`. */
export function benchOn(baseUrl: string, options: Partial<KlaviyoPortOptions> = {}): Bench {
  const { log, lines } = keptLog();
  const port = klaviyoPort({ baseUrl, clock: realClock, log, ...options });
  return { port, client: port.connect(apiKey), lines, [Symbol.asyncDispose]: () => port.close() };
}

/** JSON, also of what JSON leaves out of errors. */
export function everythingIn(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member instanceof Error
      ? Object.fromEntries(
          Object.getOwnPropertyNames(member).map((name) => [name, Reflect.get(member, name)]),
        )
      : member,
  );
}

/** A pacer of profile imports without any other bound, unless said otherwise. */
export function pacerOn(clock: StillClock, options: Partial<PacerOptions> = {}): Pacer {
  return createPacer({
    policies: klaviyoLimits.importProfiles,
    clock,
    maxInFlight: Infinity,
    patienceMs: Infinity,
    ...options,
  });
}

export type Start = { id: number; atMs: number };

/** Sends one request: notes its start, is under way for `busyMs`. */
export async function request(
  pacer: Pacer,
  clock: StillClock,
  starts: Start[],
  id: number,
  busyMs = 0,
): Promise<void> {
  const turn = await pacer.take();
  if (turn.kind !== 'go') {
    throw new Error(`request ${String(id)} was ${turn.kind}`);
  }
  starts.push({ id, atMs: clock.elapsedMs() });
  await clock.sleep(busyMs);
  turn.done();
}
