import type { RequestHandler } from 'express';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Context, Meter } from '#app/context.ts';
import { OPERATOR_FIGURES } from '#app/queries/operator-figures.server.ts';

export type JobEnd = { job: string; outcome: 'done' | 'again' | 'failed' | 'needs-person'; seconds: number };

export type Metrics = {
  /** Counts and times every web request. */
  measure: RequestHandler;
  /** Takes what the context counts. */
  meter: Meter;
  jobEnded(end: JobEnd): void;
  /** What this process counted, and the figures of the whole installation. Answers while the database is down. */
  read(ctx: Context): Promise<{ contentType: string; text: string }>;
};

// These watch the process, of which there is one, however many servers a test starts.
const processMetrics = new Registry();
collectDefaultMetrics({ register: processMetrics });

/** An eager scraper gets the installation's figures of this age. */
const FIGURES_MS = 10_000;

/** A scraper gives up after 10 s; what the process counted itself must reach it while the database hangs. */
const PATIENCE_MS = 5_000;

/**
 * Figures for Prometheus. Counters and histograms are of this process: sum them over the processes. Gauges of the whole
 * installation come from PostgreSQL and the queue, the same from every process: take one of them (`max without (instance)`).
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const counters = processCounters(registry);
  const gauges = OPERATOR_FIGURES.map((figure) => ({
    figure,
    gauge: new Gauge({
      name: figure.name,
      help: figure.help,
      labelNames: [...figure.labels],
      registers: [registry],
    }),
  }));

  async function refresh(ctx: Context): Promise<void> {
    for (const { figure, gauge } of gauges) {
      try {
        const values = await figure.read(ctx);
        gauge.reset();
        values.forEach(({ labels, value }) => gauge.set(labels, value));
      } catch (error) {
        // An old figure would look like a fresh one. The others matter most just now.
        gauge.reset();
        ctx.log.warn({ figure: figure.name, err: error }, 'a figure for the metrics could not be read');
      }
    }
  }
  const refreshNowAndThen = atMostEvery(FIGURES_MS, refresh);

  return {
    ...counters,
    async read(ctx) {
      const done = new AbortController();
      const late = ctx.clock.sleep(PATIENCE_MS, done.signal).catch(() => undefined);
      await Promise.race([refreshNowAndThen(ctx), late]);
      done.abort();
      const merged = Registry.merge([processMetrics, registry]);
      return { contentType: merged.contentType, text: await merged.metrics() };
    },
  };
}

function processCounters(registry: Registry): Pick<Metrics, 'measure' | 'meter' | 'jobEnded'> {
  const registers = [registry];
  const requests = new Counter({
    name: 'threadline_http_requests_total',
    help: 'Answered HTTP requests',
    labelNames: ['area', 'method', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'threadline_http_request_seconds',
    help: 'Time from request to answer',
    labelNames: ['area'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const rows = new Counter({
    name: 'threadline_rows_total',
    help: 'Rows of files taken in, by kind and what became of them',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const klaviyoRequests = new Counter({
    name: 'threadline_klaviyo_requests_total',
    help: 'Requests to Klaviyo by operation and class of the answer; no-answer: sent, and nobody knows; not-sent: it never left',
    labelNames: ['operation', 'answer'],
    registers,
  });
  const klaviyoDurations = new Histogram({
    name: 'threadline_klaviyo_request_seconds',
    help: 'Time from a request to Klaviyo to its answer, without the wait for room in the limits',
    labelNames: ['operation'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const mails = new Counter({
    name: 'threadline_mails_total',
    help: 'E-mails by outcome',
    labelNames: ['outcome'],
    registers,
  });
  const jobs = new Counter({
    name: 'threadline_jobs_total',
    help: 'Jobs by name and outcome; again: it goes on after a pause',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const jobDurations = new Histogram({
    name: 'threadline_job_seconds',
    help: 'Time that a job took',
    labelNames: ['job'],
    buckets: [0.05, 0.25, 1, 5, 15, 60, 300, 1_800, 7_200],
    registers,
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
    meter(counted) {
      switch (counted.what) {
        case 'rows':
          rows.inc({ kind: counted.kind, outcome: counted.outcome }, counted.count);
          return;
        case 'klaviyo request':
          klaviyoRequests.inc({ operation: counted.operation, answer: counted.answer });
          klaviyoDurations.observe({ operation: counted.operation }, counted.ms / 1_000);
          return;
        case 'mail':
          mails.inc({ outcome: counted.outcome });
      }
    },
    jobEnded({ job, outcome, seconds }) {
      jobs.inc({ job, outcome });
      jobDurations.observe({ job }, seconds);
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
    downloads: 'downloads',
    healthz: 'probes',
    readyz: 'probes',
    metrics: 'probes',
  };
  return areas[first] ?? 'other';
}

/** Runs `act` at most once per period; callers in between share its outcome. */
function atMostEvery(
  periodMs: number,
  act: (ctx: Context) => Promise<void>,
): (ctx: Context) => Promise<void> {
  let startedAt = -Infinity;
  let outcome = Promise.resolve();
  return (ctx) => {
    const now = ctx.clock.now().getTime();
    if (now - startedAt >= periodMs) {
      startedAt = now;
      outcome = act(ctx);
    }
    return outcome;
  };
}
