import { createHmac } from 'node:crypto';

type Claims = {
  shop: string;
  apiKey: string;
  apiSecret: string;
  now: Date;
  /** Unique for the token. */
  id: string;
};

const LIFETIME_SECONDS = 60;

/**
 * A session token as App Bridge gets it from Shopify (HS256 with the app's secret, one minute), for the local login and
 * the tests. https://shopify.dev/docs/apps/build/authentication-authorization/session-tokens
 */
export function mintSessionToken({ shop, apiKey, apiSecret, now, id }: Claims): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const header = encode({ alg: 'HS256', typ: 'JWT' });
  const claims = encode({
    iss: `https://${shop}/admin`,
    dest: `https://${shop}`,
    aud: apiKey,
    sub: '1',
    exp: seconds + LIFETIME_SECONDS,
    nbf: seconds - 5,
    iat: seconds,
    jti: id,
    sid: id,
  });
  const signature = createHmac('sha256', apiSecret).update(`${header}.${claims}`).digest('base64url');
  return `${header}.${claims}.${signature}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
