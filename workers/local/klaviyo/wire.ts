import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './call.ts';
import { refusalAnswer, type Exchange, type WireRequest } from './exchange.ts';
import type { Fault } from './faults.ts';
import { refused, throttled } from './refusal.ts';

/** Bodies beyond this are read to their end but not kept, bytes. */
const KEPT_BYTES = 6_000_000;

/** Lets the client see the answer, or what a fault makes of it; null when it sees none. */
export function showAnswer(
  response: ServerResponse,
  wire: WireRequest,
  fault: Fault | null,
  exchange: Exchange | null,
): Answer | null {
  switch (fault?.kind) {
    case 'reset-before':
    case 'reset-after':
      response.socket?.resetAndDestroy();
      return null;
    case 'hang':
      return null;
    case 'truncate':
      return truncate(response, wire, exchange);
    case '429':
      return writeAnswer(response, refusalAnswer(throttled(fault.retryAfterSeconds)), wire.requestId);
    case 'html-error':
      return writeAnswer(
        response,
        { status: 502, body: '<html><h1>Bad gateway</h1></html>' },
        wire.requestId,
        'text/html',
      );
    case '500':
    case '502':
    case '503':
    case '504':
      return writeAnswer(response, serverError(Number(fault.kind)), wire.requestId);
    default:
      return exchange === null ? null : writeAnswer(response, exchange.answer, wire.requestId);
  }
}

function serverError(status: number): Answer {
  const detail = 'A server error occurred. Please try again later.';
  return refusalAnswer(refused(status, 'error', 'A server error occurred.', detail));
}

/** Half of the JSON; without any, the connection breaks. */
function truncate(response: ServerResponse, wire: WireRequest, exchange: Exchange | null): Answer | null {
  const body = exchange?.answer.body ?? null;
  if (exchange === null || body === null) {
    response.socket?.resetAndDestroy();
    return null;
  }
  const text = JSON.stringify(body);
  const half = text.slice(0, Math.floor(text.length / 2));
  return writeAnswer(response, { ...exchange.answer, body: half }, wire.requestId);
}

/** A text body goes out as it is, anything else as JSON. */
export function writeAnswer(
  response: ServerResponse,
  answer: Answer,
  requestId: string,
  contentType = 'application/vnd.api+json',
): Answer {
  const text =
    answer.body === null ? '' : typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(text === '' ? {} : { 'Content-Type': contentType }),
    ...(answer.status === 204 ? {} : { 'Content-Length': Buffer.byteLength(text) }),
    'X-Klaviyo-Req-Id': requestId,
  });
  response.end(text);
  return answer;
}

/** Reads a request to its end. */
export async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length <= KEPT_BYTES) {
      chunks.push(bytes);
    }
  }
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: request.headers as Record<string, string | undefined>,
    body: length <= KEPT_BYTES ? Buffer.concat(chunks) : null,
    requestId: randomUUID(),
    origin: `http://${request.headers.host ?? '127.0.0.1'}`,
  };
}
