import { gunzipSync } from 'node:zlib';
import { authenticate, authorize, checkMedia, checkQuery, checkRevision, revisionHeaders } from './access.ts';
import type { Account, Traffic } from './account.ts';
import type { Answer, Service } from './call.ts';
import { DAY_SECONDS, type Operation } from './operations.ts';
import { costlyVariant, findOperation } from './routing.ts';
import { createWindows, limitHeaders, returnRoom, takeRoom } from './rate-windows.ts';
import { Refusal, refused, throttled } from './refusal.ts';

/** A request as it came off the wire. */
export type WireRequest = {
  method: string;
  /** Path and query. */
  target: string;
  headers: Record<string, string | undefined>;
  /** Null when it was larger than anything is allowed to be. */
  body: Buffer | null;
  requestId: string;
  origin: string;
};

export type Exchange = {
  answer: Answer;
  operation: string | null;
  account: string | null;
  parsedBody: unknown;
};

/** Answers a request in the order in which Klaviyo looks: path, key, revision, scopes, limits, media, size, content. */
export function answerRequest(
  service: Service,
  accounts: Account[],
  wire: WireRequest,
  how: { isLimited: boolean; cancelsJob: boolean },
): Exchange {
  const exchange: Exchange = {
    answer: { status: 500, body: null },
    operation: null,
    account: null,
    parsedBody: undefined,
  };
  try {
    exchange.answer = work(service, accounts, wire, how, exchange);
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    exchange.answer = refusalAnswer(error);
  }
  return exchange;
}

export function refusalAnswer(refusal: Refusal): Answer {
  return { status: refusal.status, body: { errors: refusal.problems }, headers: refusal.headers };
}

/** The path without its query and trailing slash. */
export function barePath(target: string): string {
  const path = target.split('?', 1)[0] ?? '';
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

function work(
  service: Service,
  accounts: Account[],
  wire: WireRequest,
  how: { isLimited: boolean; cancelsJob: boolean },
  exchange: Exchange,
): Answer {
  const now = service.clock();
  service.later.run(now);
  const path = barePath(wire.target);
  const { operation, params, isPathKnown } = findOperation(wire.method, path);
  if (operation === null) {
    throw isPathKnown
      ? refused(405, 'method_not_allowed', 'Method not allowed.', `Method "${wire.method}" not allowed.`)
      : refused(404, 'not_found', 'Not found.', `The path ${path} does not exist.`);
  }
  exchange.operation = operation.id;
  const { account, key } = authenticate(accounts, wire.headers.authorization);
  exchange.account = account.id;
  const revision = checkRevision(wire.headers.revision, now);
  const named = revisionHeaders(revision, service.switches.retirement);
  authorize(key, operation);
  const query = new URLSearchParams(wire.target.split('?').slice(1).join('?'));
  const traffic = trafficOf(account, operation, query);
  traffic.requests += 1;
  const { throttledConsume, refusedConsume, strictUnknown } = service.switches;
  const wait = takeRoom(traffic.windows, now, { isEnforced: how.isLimited, throttledConsume });
  if (wait !== null) {
    traffic.throttled += 1;
    count(traffic, 429);
    throw throttled(wait);
  }
  let answer: Answer;
  try {
    if (strictUnknown) {
      checkQuery(query, operation);
    }
    const body = readBody(service, operation, wire);
    exchange.parsedBody = body.json;
    answer = operation.handle({
      service,
      account,
      now,
      requestId: wire.requestId,
      params,
      query,
      body: body.json,
      bodyBytes: body.bytes,
      revision,
      origin: wire.origin,
      target: wire.target,
      cancelsJob: how.cancelsJob,
    });
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    if (!refusedConsume) {
      returnRoom(traffic.windows);
    }
    answer = refusalAnswer(error);
  }
  count(traffic, answer.status);
  return { ...answer, headers: { ...named, ...limitHeaders(traffic.windows, now), ...answer.headers } };
}

function readBody(
  service: Service,
  operation: Operation,
  wire: WireRequest,
): { json: unknown; bytes: number } {
  if (operation.method === 'GET') {
    return { json: undefined, bytes: 0 };
  }
  const { acceptGzip, bodyLimitBytes, tooLargeStatus } = service.switches;
  const encoding = wire.headers['content-encoding'];
  checkMedia({ contentType: wire.headers['content-type'], contentEncoding: encoding }, acceptGzip);
  const limit = operation.bodyLimit ?? bodyLimitBytes;
  const bytes =
    wire.body !== null && encoding?.toLowerCase() === 'gzip' ? unpack(wire.body, limit) : wire.body;
  if (bytes === null || bytes.length > limit) {
    const detail = `The payload must not exceed ${limit} bytes.`;
    throw refused(
      tooLargeStatus,
      tooLargeStatus === 413 ? 'payload_too_large' : 'invalid',
      'Payload too large.',
      detail,
    );
  }
  try {
    return { json: JSON.parse(bytes.toString('utf8')), bytes: bytes.length };
  } catch {
    throw refused(400, 'parse_error', 'Malformed request.', 'JSON parse error.', '/data');
  }
}

/** Null = larger than the limit once unpacked. */
function unpack(body: Buffer, limit: number): Buffer | null {
  try {
    return gunzipSync(body, { maxOutputLength: limit + 1 });
  } catch (error) {
    if (error instanceof RangeError) {
      return null;
    }
    throw refused(400, 'parse_error', 'Malformed request.', 'The gzip stream cannot be read.', '/data');
  }
}

function trafficOf(account: Account, operation: Operation, query: URLSearchParams): Traffic {
  const { id, limits } = costlyVariant(operation, query);
  const known = account.traffic.get(id);
  if (known !== undefined) {
    return known;
  }
  // The day's window of the operation that has one is the account's own number.
  const own = limits.map((limit) =>
    limit.seconds === DAY_SECONDS ? { ...limit, count: account.listsPerDay } : limit,
  );
  const traffic: Traffic = { requests: 0, throttled: 0, statuses: {}, windows: createWindows(own) };
  account.traffic.set(id, traffic);
  return traffic;
}

function count(traffic: Traffic, status: number): void {
  traffic.statuses[status] = (traffic.statuses[status] ?? 0) + 1;
}
