import { setMaxListeners } from 'node:events';
import { Pool } from 'undici';
import type { Context, KlaviyoAnswerClass } from '#app/context.ts';
import { AppError, isAppError } from '#app/domain/errors.ts';
import { sha256 } from '#app/domain/hash.ts';
import { KLAVIYO_REVISION } from '#app/domain/klaviyo-revision.ts';
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
import type { KlaviyoBudget } from './klaviyo-budget.server.ts';
import {
  exhaustedForMs,
  klaviyoLimits,
  parseRatePolicies,
  parseRetryAfterMs,
} from './klaviyo-limits.server.ts';
import { createPacer } from './klaviyo-pacer.server.ts';
import type { Pacer, PacerOptions, PacerWait } from './klaviyo-pacer.server.ts';
import { createSharedPacer } from './klaviyo-shared-pacer.server.ts';

/** A wait for room in the limits: of which operation, for whom (start of the key's sha256), how long and why. */
export type KlaviyoWait = PacerWait & { operation: KlaviyoOperation; account: string };

export type KlaviyoPortOptions = {
  /** Origin, e.g. `https://a.klaviyo.com`; a path in front of `/api` is kept. */
  baseUrl: string;
  clock: Context['clock'];
  log: Context['log'];
  /** What all processes share of Klaviyo's limits. Without it, the clients of this port share them among themselves. */
  budget?: KlaviyoBudget;
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
  /** Called after each request that had its turn. */
  onAnswer?: (answer: { operation: KlaviyoOperation; answer: KlaviyoAnswerClass; ms: number }) => void;
};

/** Whose requests stand in one line: those of a key, whose limits are an account's. */
type Owner = { account: string; key: string };

/**
 * Klaviyo over HTTP. Clients of one account share its limits, with a `budget` also across processes; `close` ends idle
 * connections and requests under way (they come out as ambiguous).
 */
export function klaviyoPort(options: KlaviyoPortOptions): KlaviyoPort & { close(): Promise<void> } {
  const { clock, log, timeouts = {}, onWait, onAnswer, budget } = options;
  const { revision = KLAVIYO_REVISION, version = '', maxInFlight = 32 } = options;
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

  function pacerOf({ account, key }: Owner, operation: KlaviyoOperation): Pacer {
    // With a budget each key has its line, and the budget gives turns to the lines of an account one after the other.
    const name = budget ? `${account}/${key}/${operation}` : `${account}/${operation}`;
    const known = pacers.get(name);
    if (known) {
      return known;
    }
    const line: PacerOptions = {
      policies: klaviyoLimits[operation],
      clock,
      maxInFlight,
      patienceMs,
      onWait: (wait) => onWait?.({ ...wait, operation, account: shown(key) }),
    };
    const pacer = budget
      ? createSharedPacer({ ...line, budget, line: { account, operation } })
      : createPacer(line);
    pacers.set(name, pacer);
    return pacer;
  }

  /** Lets the pacer learn what the answer says about limits. The answer itself stands, whatever becomes of that. */
  async function learn(pacer: Pacer, where: object, { status, headers }: Exchange): Promise<void> {
    try {
      if (await pacer.adopt(parseRatePolicies(headers['ratelimit-limit']))) {
        log.info({ ...where, limit: headers['ratelimit-limit'] }, 'Klaviyo states other limits than known');
      }
      if (status === 429 || (status === 503 && headers['retry-after'] !== undefined)) {
        const ms = parseRetryAfterMs(headers['retry-after'], clock.now());
        log.info({ ...where, ms, status }, 'Klaviyo asks to wait');
        await pacer.hold(ms, 'retry-after');
        return;
      }
      const exhaustedMs = exhaustedForMs(headers);
      if (exhaustedMs > 0) {
        await pacer.hold(exhaustedMs, 'exhausted');
      }
    } catch (error) {
      const code = isAppError(error) ? error.code : 'unexpected';
      log.warn({ ...where, code }, 'what Klaviyo said about its limits could not be kept');
    }
  }

  function connect(key: string, accountId?: string | null): KlaviyoClient {
    const apiKey = checkedKey(key);
    const keyHash = sha256(apiKey);
    const owner: Owner = { account: accountId ?? `key:${keyHash}`, key: keyHash };
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
      const pacer = pacerOf(owner, operation);
      const inLine = signal && patience ? AbortSignal.any([signal, patience]) : (signal ?? patience);
      const turn = await pacer.take(inLine);
      if (turn.kind === 'aborted') {
        return { outcome: 'not-sent', reason: 'the work was stopped' };
      }
      if (turn.kind === 'blocked') {
        return { outcome: 'throttled', retryAfterMs: turn.retryAfterMs };
      }
      if (turn.kind === 'failed') {
        throw turn.error;
      }
      try {
        const startedAt = clock.now().getTime();
        const result = await overTheWire(request, signal);
        await learn(pacer, { operation, account: shown(keyHash) }, result);
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
      onAnswer?.({ operation, answer: classOf(answer), ms });
      const fields = { operation, method, path, account: shown(keyHash), ms, outcome: answer.outcome };
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

function classOf(answer: KlaviyoAnswer): KlaviyoAnswerClass {
  switch (answer.outcome) {
    case 'not-sent':
      return 'not-sent';
    case 'throttled':
      return '429';
    case 'ambiguous':
      return answer.status !== null && answer.status >= 500 ? '5xx' : 'no-answer';
    case 'answered':
      return answer.status < 300 ? '2xx' : answer.status < 400 ? '3xx' : '4xx';
  }
}

/** Enough of the key's hash to tell accounts apart in a log. */
function shown(keyHash: string): string {
  return keyHash.slice(0, 8);
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
