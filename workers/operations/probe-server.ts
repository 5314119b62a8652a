import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Context } from '#app/context.ts';
import { readiness } from '#app/queries/readiness.server.ts';
import { listen, stop } from '#workers/web/listen.ts';
import { answerMetrics, type MetricsAccess } from './metrics-access.ts';
import type { Metrics } from './metrics.ts';

export type ProbeServer = { url: string; close(): Promise<void> };

/**
 * The probes and metrics of a process without a web server, at the same paths as those of `serve`. Port 0 takes a free one.
 * Errors: AppError `port_taken`.
 */
export async function startProbes(input: {
  ctx: Context;
  metrics: Metrics;
  access: MetricsAccess;
  port: number;
  host: string;
}): Promise<ProbeServer> {
  const { ctx, port, host } = input;
  const server = createServer((request, answer) => {
    reply(input, request, answer).catch((error: unknown) => {
      ctx.log.error({ err: error }, 'a probe failed');
      send(answer, 500, 'text/plain', 'Something went wrong on our side.\n');
    });
  });
  const url = await listen(server, port, host);
  return { url, close: () => stop(server) };
}

async function reply(
  probes: { ctx: Context; metrics: Metrics; access: MetricsAccess },
  request: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/s, '');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(answer, 405, 'text/plain', 'Only GET.\n');
    return;
  }
  switch (path) {
    case '/healthz':
      send(answer, 200, 'application/json', JSON.stringify({ status: 'up' }));
      return;
    case '/readyz': {
      const { isReady, database, queue } = await readiness(probes.ctx);
      send(answer, isReady ? 200 : 503, 'application/json', JSON.stringify({ database, queue }));
      return;
    }
    case '/metrics': {
      const { status, contentType, text } = await answerMetrics(probes, request.headers.authorization);
      send(answer, status, contentType, text);
      return;
    }
    default:
      send(answer, 404, 'text/plain', 'Here are /healthz, /readyz and /metrics.\n');
  }
}

function send(answer: ServerResponse, status: number, contentType: string, body: string): void {
  if (!answer.headersSent) {
    answer.writeHead(status, { 'Content-Type': contentType, 'Cache-Control': 'no-store' });
  }
  answer.end(body);
}
