import { setMaxListeners } from 'node:events';
import { Pool } from 'undici';
import type { Context } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import { sha256 } from '#app/domain/hash.ts';
import type {
  KlaviyoAnswer,
  KlaviyoClient,
  KlaviyoOperation,
  KlaviyoPort,
  KlaviyoRequest,
} from '#app/domain/ports/klaviyo.ts';
import { answerOf } from './klaviyo-answer.server.ts';
import { exchange } from './klaviyo-exchange.server.ts';
import type { Exchange } from './klaviyo-exchange.server.ts';
import {
  exhaustedForMs,
  klaviyoLimits,
  parseRatePolicies,
  parseRetryAfterMs,
} from './klaviyo-limits.server.ts';
import { createPacer } from './klaviyo-pacer.server.ts';
import type { Pacer, PacerWait } from './klaviyo-pacer.server.ts';

/** A wait for room in the limits: of which operation, for whom (start of the key's sha256), how long and why. */
export type KlaviyoWait = PacerWait & { operation: KlaviyoOperation; account: string };

export type KlaviyoPortOptions = {
  /** Origin, e.g. `https://a.klaviyo.com`; a path in front of `/api` is kept. */
  baseUrl: string;
  clock: Context['clock'];
  log: Context['log'];
  /** Klaviyo's API revision. */
  revision?: string;
  /** Version of Threadline for the user agent. */
  version?: string;
  /** Milliseconds: to connect, to the answer's first byte, between two bytes of it, and from first to last byte. */
  timeouts?: { connectMs?: number; headersMs?: number; bodyMs?: number; totalMs?: number };
  /** So many requests of one key to one operation may be under way at once. */
  maxInFlight?: number;
  /** Waits for room up to this long; when it takes longer, `send` answers `throttled` at once. */
  patienceMs?: number;
  /** A longer answer is cut off and counts as ambiguous. */
  maxAnswerBytes?: number;
  /** Called whenever a line begins to wait, not per request. */
  onWait?: (wait: KlaviyoWait) => void;
};

/**
 * Klaviyo over HTTP. Clients of one key share their pacing within this port; `close` ends idle connections and
 * requests under way (they come out as ambiguous).
 */
export function klaviyoPort(options: KlaviyoPortOptions): KlaviyoPort & { close(): Promise<void> } {
  const { clock, log, timeouts = {}, onWait } = options;
  const { revision = '2026-07-15', version = '', maxInFlight = 32 } = options;
  // A full minute's window ends within 61 s; what lasts longer (the day's lists, a long Retry-After) is the caller's.
  const { patienceMs = 120_000, maxAnswerBytes = 64 * 1024 * 1024 } = options;
  const base = new URL(options.baseUrl);
  const prefix = base.pathname.replace(/\/+$/, '');
  // Connections are bounded by the pacers: a common cap would let one hanging account hold up the others.
  const pool = new Pool(base.origin, {
    connections: null,
    pipelining: 1,
    connect: { timeout: timeouts.connectMs ?? 10_000 },
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 60_000,
  });
  const pacers = new Map<string, Pacer>();

  function pacerOf(account: string, operation: KlaviyoOperation): Pacer {
    const name = `${account}/${operation}`;
    const known = pacers.get(name);
    if (known) {
      return known;
    }
    const pacer = createPacer({
      policies: klaviyoLimits[operation],
      clock,
      maxInFlight,
      patienceMs,
      onWait: (wait) => onWait?.({ ...wait, operation, account: shown(account) }),
    });
    pacers.set(name, pacer);
    return pacer;
  }

  /** Lets the pacer learn what the answer says about limits. */
  function learn(pacer: Pacer, operation: KlaviyoOperation, account: string, result: Exchange): void {
    const { status, headers } = result;
    const where = { operation, account: shown(account) };
    if (pacer.adopt(parseRatePolicies(headers['ratelimit-limit']))) {
      log.info({ ...where, limit: headers['ratelimit-limit'] }, 'Klaviyo states other limits than known');
    }
    if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
      const ms = parseRetryAfterMs(headers['retry-after'], clock.now());
      log.info({ ...where, ms, status }, 'Klaviyo asks to wait');
      pacer.hold(ms, 'retry-after');
      return;
    }
    const exhaustedMs = exhaustedForMs(headers);
    if (exhaustedMs > 0) {
      pacer.hold(exhaustedMs, 'exhausted');
    }
  }

  function connect(key: string): KlaviyoClient {
    const apiKey = checkedKey(key);
    const account = sha256(apiKey);
    const sentCounts: Partial<Record<KlaviyoOperation, number>> = {};
    const headers = {
      authorization: `Klaviyo-API-Key ${apiKey}`,
      revision,
      accept: 'application/vnd.api+json',
      'accept-encoding': 'identity',
      'user-agent': version === '' ? 'threadline' : `threadline/${version}`,
    };

    async function send(
      request: KlaviyoRequest,
      signal?: AbortSignal,
      patience?: AbortSignal,
    ): Promise<KlaviyoAnswer> {
      const { operation } = request;
      if (signal) {
        // One signal stops a whole connection's requests: Node would print a warning at the eleventh under way.
        setMaxListeners(0, signal);
      }
      const pacer = pacerOf(account, operation);
      const inLine = signal && patience ? AbortSignal.any([signal, patience]) : (signal ?? patience);
      const turn = await pacer.take(inLine);
      if (turn.kind === 'aborted') {
        return { outcome: 'not-sent', reason: 'the work was stopped' };
      }
      if (turn.kind === 'blocked') {
        return { outcome: 'throttled', retryAfterMs: turn.retryAfterMs };
      }
      try {
        const startedAt = clock.now().getTime();
        const result = await overTheWire(request, signal);
        learn(pacer, operation, account, result);
        const answer = answerOf(result, clock.now());
        note(request, answer, clock.now().getTime() - startedAt);
        return answer;
      } finally {
        turn.done();
      }
    }

    async function overTheWire(request: KlaviyoRequest, signal?: AbortSignal): Promise<Exchange> {
      const body = request.body ?? null;
      try {
        return await exchange(
          pool,
          {
            method: request.method,
            path: prefix + request.path,
            headers: body === null ? headers : { ...headers, 'content-type': 'application/vnd.api+json' },
            body,
            headersTimeoutMs: timeouts.headersMs ?? 30_000,
            bodyTimeoutMs: timeouts.bodyMs ?? 60_000,
            totalTimeoutMs: timeouts.totalMs ?? 300_000,
            maxAnswerBytes,
          },
          () => {
            sentCounts[request.operation] = (sentCounts[request.operation] ?? 0) + 1;
          },
          signal,
        );
      } catch {
        // Without the cause: it belongs to the library and may quote the request.
        throw malformedRequest(request.operation);
      }
    }

    function note(request: KlaviyoRequest, answer: KlaviyoAnswer, ms: number): void {
      // The query is left out: filters hold e-mail addresses.
      const path = request.path.replace(/\?.*$/s, '');
      const { operation, method } = request;
      const fields = { operation, method, path, account: shown(account), ms, outcome: answer.outcome };
      if (answer.outcome === 'not-sent' || answer.outcome === 'ambiguous') {
        log.warn({ ...fields, reason: answer.reason }, 'Klaviyo request without a sure answer');
        return;
      }
      log.debug(
        answer.outcome === 'answered' ? { ...fields, status: answer.status } : fields,
        'Klaviyo request',
      );
    }

    return { send, counts: () => ({ ...sentCounts }) };
  }

  return { connect, close: () => pool.destroy() };
}

/** Enough of the key's hash to tell accounts apart in a log. */
function shown(account: string): string {
  return account.slice(0, 8);
}

/** The key without blanks around it (a file's last newline). Throws `klaviyo_key_malformed` for what is no header value. */
function checkedKey(key: string): string {
  const trimmed = key.trim();
  if (/^[\x21-\x7e]+$/.test(trimmed)) {
    return trimmed;
  }
  throw new AppError({
    code: 'klaviyo_key_malformed',
    retry: 'person',
    message:
      trimmed === '' ? 'the Klaviyo key is empty' : 'the Klaviyo key holds blanks or unusual characters',
    hint: 'This is not a Klaviyo private key. Copy it again from Klaviyo: Settings > API keys; it begins with "pk_".',
  });
}

function malformedRequest(operation: KlaviyoOperation): AppError {
  return new AppError({
    code: 'klaviyo_request_malformed',
    retry: 'never',
    message: `a request of ${operation} cannot be written as HTTP: its path holds blanks or unusual characters`,
    hint: 'Threadline built a request that cannot be sent. Please report this; the log has the details.',
  });
}
