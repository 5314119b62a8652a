import type { RequestHandler, Response } from 'express';

/**
 * Says on every HTML answer who may frame it: the shop that the address names and Shopify admin, otherwise nobody.
 * Shopify rejects an app for one page without it, or with a wildcard; its library sets it only where a shop is named,
 * and with wildcards. https://shopify.dev/docs/apps/build/security/set-up-iframe-protection
 */
export function frameGuard(): RequestHandler {
  return (request, answer, next) => {
    const ancestors = frameAncestors(request.query['shop']);
    beforeHead(answer, () => {
      answer.setHeader('X-Content-Type-Options', 'nosniff');
      if (String(answer.getHeader('Content-Type') ?? '').startsWith('text/html')) {
        answer.setHeader('Content-Security-Policy', `frame-ancestors ${ancestors};`);
        answer.setHeader('Referrer-Policy', 'strict-origin-when-cross-origin');
        if (!answer.hasHeader('Cache-Control')) {
          answer.setHeader('Cache-Control', 'private, no-store');
        }
      }
    });
    next();
  };
}

function frameAncestors(shop: unknown): string {
  if (typeof shop === 'string' && /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/i.test(shop)) {
    return `https://${shop.toLowerCase()} https://admin.shopify.com`;
  }
  return "'none'";
}

function beforeHead(answer: Response, act: () => void): void {
  const writeHead = answer.writeHead.bind(answer) as (...parts: unknown[]) => Response;
  answer.writeHead = ((...parts: unknown[]) => {
    act();
    return writeHead(...parts);
  }) as typeof answer.writeHead;
}
