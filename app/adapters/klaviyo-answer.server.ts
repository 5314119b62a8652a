import type { KlaviyoAnswer } from '#app/domain/ports/klaviyo.ts';
import type { Exchange } from './klaviyo-exchange.server.ts';
import { parseRetryAfterMs } from './klaviyo-limits.server.ts';

/**
 * What an exchange means for the caller (the outcomes of `KlaviyoAnswer`). Only a 2xx whose JSON cannot be read is
 * uncertain; any other status says enough by itself, so an unreadable body of it (an HTML page of a proxy) is null.
 */
export function answerOf(exchange: Exchange, now: Date): KlaviyoAnswer {
  const { status } = exchange;
  if (status === 429) {
    return { outcome: 'throttled', retryAfterMs: parseRetryAfterMs(exchange.headers['retry-after'], now) };
  }
  if (exchange.kind === 'broken') {
    return exchange.wasSent
      ? { outcome: 'ambiguous', reason: exchange.reason, status }
      : { outcome: 'not-sent', reason: exchange.reason };
  }
  if (exchange.status >= 500) {
    return { outcome: 'ambiguous', reason: `Klaviyo answered ${String(status)}`, status };
  }
  const parsed = parseJson(exchange.text);
  if (!parsed.isReadable && exchange.status < 300) {
    return {
      outcome: 'ambiguous',
      reason: `Klaviyo answered ${String(status)} without readable JSON`,
      status,
    };
  }
  return {
    outcome: 'answered',
    status: exchange.status,
    body: parsed.value,
    headers: exchange.headers,
    requestId: requestIdOf(exchange.headers),
  };
}

function parseJson(text: string): { isReadable: boolean; value: unknown } {
  if (text.trim() === '') {
    return { isReadable: true, value: null };
  }
  try {
    const value: unknown = JSON.parse(text);
    return { isReadable: true, value };
  } catch {
    return { isReadable: false, value: null };
  }
}

/** The id that Klaviyo's support asks for: their own header, else that of the network in front of them. */
function requestIdOf(headers: Record<string, string>): string | null {
  return headers['x-request-id'] ?? headers['x-klaviyo-request-id'] ?? headers['cf-ray'] ?? null;
}
