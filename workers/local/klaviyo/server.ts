import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAccount, type Account } from './account.ts';
import type { Service } from './call.ts';
import { answerControl, resetAll, stateOf, type Stand } from './control.ts';
import { answerRequest, barePath } from './exchange.ts';
import { createFaults, pause, preventsWork, type Fault } from './faults.ts';
import type { LocalKlaviyoState } from './inspection.ts';
import { createLater } from './later.ts';
import { restoreAccounts, snapshotAccounts } from './memory.ts';
import { accountSpec, USUAL_ACCOUNT, USUAL_SWITCHES } from './options.ts';
import type { AccountSpec, FaultSpec, Switches } from './options.ts';
import { seededRandom } from './random.ts';
import { readRequest, showAnswer, writeAnswer } from './wire.ts';

/** One request and what became of it, for tests that check what was sent. */
export type SeenRequest = {
  method: string;
  /** Path and query as sent. */
  path: string;
  headers: Record<string, string | undefined>;
  /** Parsed JSON; undefined without a body or when it was not looked at. */
  body: unknown;
  operation: string | null;
  account: string | null;
  requestId: string;
  /** Null when no answer reached the client. */
  status: number | null;
  response: unknown;
  fault: Fault['kind'] | null;
  /** True when the operation was carried out, whatever the client saw. */
  isAccepted: boolean;
};

export type LocalKlaviyoOptions = {
  /** 0 = a free one. */
  port?: number;
  host?: '127.0.0.1';
  latencyMs?: number;
  /** `off`: never 429, the headers are still there. */
  limits?: 'real' | 'off';
  accounts?: AccountSpec[];
  faults?: FaultSpec[];
  switches?: Partial<Switches>;
  clock?: () => number;
  jobDurationMs?: number;
  processingDelayMs?: number;
  seed?: number;
  onRequest?: (request: SeenRequest) => void;
};

export type LocalKlaviyo = {
  url: string;
  port: number;
  /** What `GET /_state` shows. Work that is not due yet has not happened: see `settle`. */
  state(): LocalKlaviyoState;
  /** Lets all pending work (consent, import jobs, deletions) happen now. */
  settle(): void;
  reset(): void;
  /** What the accounts hold, after all pending work; `restore` gives it back to a later stand-in. */
  snapshot(): Buffer;
  restore(bytes: Buffer): void;
  setFaults(faults: FaultSpec[]): void;
  /** Direct access for tests; throws for an unknown id. Without an id: the first account. */
  account(id?: string): Account;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Starts a Klaviyo that answers on this machine as strictly as the real one; all it holds is in memory. */
export async function startLocalKlaviyo(options: LocalKlaviyoOptions = {}): Promise<LocalKlaviyo> {
  const stop = new AbortController();
  const stand = createStand(options);
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    serve(stand, options, request, response, stop.signal).catch((error: unknown) => {
      failLoudly(response, error);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  async function close(): Promise<void> {
    stop.abort();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    state() {
      stand.service.later.run(stand.service.clock());
      return stateOf(stand, false) as LocalKlaviyoState;
    },
    settle: () => stand.service.later.settle(stand.service.clock()),
    reset: () => resetAll(stand),
    snapshot() {
      stand.service.later.settle(stand.service.clock());
      return snapshotAccounts(stand.accounts);
    },
    restore: (bytes) => restoreAccounts(stand.accounts, bytes),
    setFaults: (faults) => stand.faults.set(faults),
    account(id) {
      const account = id === undefined ? stand.accounts[0] : stand.accounts.find((each) => each.id === id);
      if (account === undefined) {
        throw new Error(`The local Klaviyo has no account ${id}.`);
      }
      return account;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createStand(options: LocalKlaviyoOptions): Stand {
  const random = seededRandom(options.seed ?? 1);
  const service: Service = {
    clock: options.clock ?? Date.now,
    random,
    switches: { ...USUAL_SWITCHES, ...options.switches },
    later: createLater(),
    jobDurationMs: options.jobDurationMs ?? 300,
    processingDelayMs: options.processingDelayMs ?? 50,
  };
  const accounts = (options.accounts ?? [USUAL_ACCOUNT]).map((spec) =>
    createAccount(accountSpec.parse(spec), random),
  );
  return { service, accounts, faults: createFaults(options.faults ?? []) };
}

async function serve(
  stand: Stand,
  options: LocalKlaviyoOptions,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const wire = await readRequest(request);
  const path = barePath(wire.target);
  if (path.startsWith('/_')) {
    const query = new URL(wire.target, wire.origin).searchParams;
    const text = wire.body?.toString('utf8') ?? '';
    const { status, body } = answerControl(stand, { method: wire.method, path, query, text });
    writeAnswer(response, { status, body }, wire.requestId, 'application/json');
    return;
  }
  const account = accountOfKey(stand.accounts, wire.headers.authorization);
  const fault = stand.faults.next({ method: wire.method, path, account });
  await pause((options.latencyMs ?? 0) + (fault?.kind === 'slow' ? fault.delayMs : 0), signal);
  const exchange =
    fault !== null && preventsWork(fault)
      ? null
      : answerRequest(stand.service, stand.accounts, wire, {
          isLimited: options.limits !== 'off',
          cancelsJob: fault?.kind === 'cancel-job',
        });
  const shown = showAnswer(response, wire, fault, exchange);
  options.onRequest?.({
    method: wire.method,
    path: wire.target,
    headers: wire.headers,
    body: exchange === null ? parseLoosely(wire.body) : exchange.parsedBody,
    operation: exchange?.operation ?? null,
    account: exchange?.account ?? account,
    requestId: wire.requestId,
    status: shown?.status ?? null,
    response: shown?.body ?? null,
    fault: fault?.kind ?? null,
    isAccepted: exchange !== null && exchange.answer.status < 400,
  });
}

/** A mistake in the stand-in itself (or the client went away): never to be taken for one of Klaviyo's answers. */
function failLoudly(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  writeAnswer(response, { status: 500, body: `The local Klaviyo failed: ${text}` }, 'none', 'text/plain');
}

function accountOfKey(accounts: Account[], header: string | undefined): string | null {
  const key = header?.split(' ').pop() ?? '';
  return accounts.find((account) => account.keyring.has(key))?.id ?? null;
}

function parseLoosely(body: Buffer | null): unknown {
  try {
    return body === null || body.length === 0 ? undefined : JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
