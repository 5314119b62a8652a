import { Buffer } from 'node:buffer';
import { errors } from 'undici';
import type { Dispatcher } from 'undici';

/** One HTTP request as it goes to the wire. The headers hold the key: never log or keep them. */
export type WireRequest = {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body: string | null;
  headersTimeoutMs: number;
  bodyTimeoutMs: number;
  /** From the first byte written to the last byte read. */
  totalTimeoutMs: number;
  /** A longer answer is cut off and counts as broken. */
  maxAnswerBytes: number;
};

/**
 * What the wire gave: a whole answer, or a broken one. `wasSent` false = nothing was written, so nothing can have been
 * done; `status` and `headers` are there when the break came after them.
 */
export type Exchange =
  | { kind: 'whole'; status: number; headers: Record<string, string>; text: string }
  | {
      kind: 'broken';
      wasSent: boolean;
      status: number | null;
      headers: Record<string, string>;
      reason: string;
    };

/**
 * Sends one request and reads its answer. `onSent` is called when the request is about to be written to an open
 * connection. Rejects only for a request that cannot be put into HTTP (a fault of the caller).
 */
export function exchange(
  dispatcher: Dispatcher,
  request: WireRequest,
  onSent: () => void,
  signal?: AbortSignal,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | null = null;
    let isSettled = false;
    let status: number | null = null;
    let headers: Record<string, string> = {};
    let deadline: NodeJS.Timeout | undefined;
    let size = 0;
    const chunks: Buffer[] = [];

    function settle(result: Exchange): void {
      if (isSettled) {
        return;
      }
      isSettled = true;
      clearTimeout(deadline);
      signal?.removeEventListener('abort', onAbort);
      resolve(result);
    }

    function giveUp(reason: string): void {
      settle({ kind: 'broken', wasSent: controller !== null, status, headers, reason });
      // Destroys this request's own connection; before there is one, `onRequestStart` sees to it.
      controller?.abort(new errors.RequestAbortedError());
    }

    function onAbort(): void {
      giveUp('the work was stopped');
    }

    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort);
    dispatcher.dispatch(
      {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body,
        headersTimeout: request.headersTimeoutMs,
        bodyTimeout: request.bodyTimeoutMs,
      },
      {
        // Called with a connection at hand, before the first byte: the border between "nothing done" and "who knows".
        onRequestStart(started) {
          if (isSettled) {
            started.abort(new errors.RequestAbortedError());
            return;
          }
          controller = started;
          deadline = setTimeout(() => giveUp('no complete answer in time'), request.totalTimeoutMs);
          onSent();
        },
        onResponseStart(_started, code, answered) {
          if (code >= 200) {
            status = code;
            headers = flatHeaders(answered);
          }
        },
        onResponseData(_started, chunk) {
          size += chunk.byteLength;
          if (size > request.maxAnswerBytes) {
            giveUp(`the answer is longer than ${String(request.maxAnswerBytes)} bytes`);
            return;
          }
          chunks.push(chunk);
        },
        onResponseEnd() {
          settle({
            kind: 'whole',
            status: status ?? 0,
            headers,
            text: Buffer.concat(chunks).toString('utf8'),
          });
        },
        onResponseError(_started, error) {
          if (error instanceof errors.InvalidArgumentError) {
            signal?.removeEventListener('abort', onAbort);
            reject(error);
            return;
          }
          settle({ kind: 'broken', wasSent: controller !== null, status, headers, reason: reasonOf(error) });
        },
      },
    );
  });
}

/** Lower-cased names, repeated headers joined. Cookies are of no use to anybody and stay here. */
function flatHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && name !== 'set-cookie') {
      flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
    }
  }
  return flat;
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name could not be looked up',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed while sending',
  ETIMEDOUT: 'connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half-way',
  UND_ERR_SOCKET: 'connection closed before the answer was complete',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer is shorter than announced',
  UND_ERR_CLOSED: 'the client is closed',
  UND_ERR_DESTROYED: 'the client is closed',
};

/** Words for a network error. Only its code and name are used: messages of libraries may quote what was sent. */
function reasonOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const words = reasons[code];
  return words ? `${words} (${code})` : code;
}
