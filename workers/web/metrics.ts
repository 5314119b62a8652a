import type { RequestHandler } from 'express';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Context } from '#app/context.ts';
import { recordTotals } from '#app/queries/record-totals.server.ts';

export type Metrics = {
  /** Counts and times every request. */
  measure: RequestHandler;
  read(): Promise<{ contentType: string; text: string }>;
};

// These watch the process, of which there is one, however many servers a test starts.
const processMetrics = new Registry();
collectDefaultMetrics({ register: processMetrics });

/** Counting all records takes a moment on a large database: an eager scraper gets figures of this age. */
const TOTALS_MS = 30_000;

/** Figures for Prometheus: the process, its requests, and all records by kind and status. */
export function createMetrics(ctx: Context): Metrics {
  const registry = new Registry();
  const requests = new Counter({
    name: 'threadline_http_requests_total',
    help: 'Answered HTTP requests',
    labelNames: ['area', 'method', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'threadline_http_request_seconds',
    help: 'Time from request to answer',
    labelNames: ['area'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const records = new Gauge({
    name: 'threadline_records',
    help: 'Records of all shops by kind and status',
    labelNames: ['kind', 'status'],
    registers: [registry],
  });
  async function countRecords(): Promise<void> {
    records.reset();
    for (const { kind, status, count } of await recordTotals(ctx)) {
      records.set({ kind, status }, count);
    }
  }
  const refresh = atMostEvery(ctx, TOTALS_MS, async () => {
    try {
      await countRecords();
    } catch (error) {
      // The other figures matter most just now.
      ctx.log.warn({ err: error }, 'records could not be counted for the metrics');
    }
  });
  return {
    measure(request, answer, next) {
      const area = areaOf(request.path);
      const stop = durations.startTimer({ area });
      answer.on('finish', () => {
        stop();
        requests.inc({ area, method: request.method, status: answer.statusCode });
      });
      next();
    },
    async read() {
      await refresh();
      const merged = Registry.merge([processMetrics, registry]);
      return { contentType: merged.contentType, text: await merged.metrics() };
    },
  };
}

// A handful of areas: a label per address would grow without bound.
function areaOf(path: string): string {
  const first = /^\/([a-z_]+)/.exec(path)?.[1] ?? '';
  const areas: Record<string, string> = {
    app: 'pages',
    webhooks: 'webhooks',
    assets: 'assets',
    auth: 'login',
    healthz: 'probes',
    readyz: 'probes',
    metrics: 'probes',
  };
  return areas[first] ?? 'other';
}

/** Runs `act` at most once per period; callers in between share its outcome. */
function atMostEvery(ctx: Context, periodMs: number, act: () => Promise<void>): () => Promise<void> {
  let startedAt = -Infinity;
  let outcome = Promise.resolve();
  return () => {
    const now = ctx.clock.now().getTime();
    if (now - startedAt >= periodMs) {
      startedAt = now;
      outcome = act();
    }
    return outcome;
  };
}
