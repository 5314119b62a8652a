import { createHash, timingSafeEqual } from 'node:crypto';

/** Who may read the metrics of a port. */
export type MetricsAccess = {
  /** Bearer token that a reader must bring; null = none is asked for. */
  token: string | null;
  /** Without a token: whether everybody who reaches the port may read. */
  openWithoutToken: boolean;
};

export type Verdict = { isAllowed: true } | { isAllowed: false; status: 401 | 403; message: string };

/** Decides by the Authorization header of a request for `/metrics`. */
export function mayReadMetrics(
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

/** Of one length, whatever was sent: the comparison tells nothing by its time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
