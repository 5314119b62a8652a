import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from '#app/context.ts';
import type { Metrics } from './metrics.ts';

/** Who may read the metrics of a port. */
export type MetricsAccess = {
  /** Bearer token that a reader must bring; null = none is asked for. */
  token: string | null;
  /** Without a token: whether everybody who reaches the port may read. */
  openWithoutToken: boolean;
};

type Verdict = { isAllowed: true } | { isAllowed: false; status: 401 | 403; message: string };

function mayReadMetrics(
  { token, openWithoutToken }: MetricsAccess,
  authorization: string | undefined,
): Verdict {
  if (token === null) {
    return openWithoutToken
      ? { isAllowed: true }
      : {
          isAllowed: false,
          status: 403,
          message:
            'In production the metrics of this port want a token: set THREADLINE_METRICS_TOKEN, and send it as a bearer token.\n',
        };
  }
  const [, given = ''] = /^Bearer (.+)$/.exec(authorization ?? '') ?? [];
  return timingSafeEqual(digest(given), digest(token))
    ? { isAllowed: true }
    : { isAllowed: false, status: 401, message: 'This wants the token of THREADLINE_METRICS_TOKEN.\n' };
}

/** The answer to a request for the metrics with this Authorization header. */
export async function answerMetrics(
  { ctx, metrics, access }: { ctx: Context; metrics: Metrics; access: MetricsAccess },
  authorization: string | undefined,
): Promise<{ status: number; contentType: string; text: string }> {
  const verdict = mayReadMetrics(access, authorization);
  return verdict.isAllowed
    ? { status: 200, ...(await metrics.read(ctx)) }
    : { status: verdict.status, contentType: 'text/plain; charset=utf-8', text: verdict.message };
}

/** Of one length, whatever was sent: the comparison tells nothing by its time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
