import type { RequestHandler } from 'express';
import type { Context } from '#app/context.ts';

/** What a proxy or a client may call its request: long enough to be one of a kind, too plain to hold anybody's data. */
const SANE_ID = /^[A-Za-z0-9._-]{8,64}$/;

/**
 * Gives every request an id, the proxy's (X-Request-Id) when it is sane: it is answered in the header and stands on every
 * line that is written on the request's behalf. One line for each request; never its query, which may hold tokens.
 */
export function requestLog(ctx: Context): RequestHandler {
  return (request, answer, next) => {
    const given = request.get('X-Request-Id') ?? '';
    const requestId = SANE_ID.test(given) ? given : ctx.ids.uuid();
    answer.setHeader('X-Request-Id', requestId);
    const startedAt = performance.now();
    ctx.log.within({ requestId }, () => {
      const { method, path } = request;
      answer.on('close', () => {
        const status = answer.statusCode;
        const fields = {
          requestId,
          method,
          path,
          status,
          ms: Math.round(performance.now() - startedAt),
          ...(answer.writableFinished ? {} : { isCutOff: true }),
        };
        if (status >= 500) {
          ctx.log.info(fields, 'a request was answered with an error');
        } else {
          ctx.log.debug(fields, 'request');
        }
      });
      next();
    });
  };
}
