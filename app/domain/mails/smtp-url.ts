import { readEmail } from '../email.ts';

export type SmtpSettings = {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  isTls: boolean;
  /** Null = no log-in. */
  login: { user: string; password: string } | null;
  /** The sender's address. */
  from: string;
};

const HOST = /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/i;

/**
 * Reads `SMTP_URL`: `smtp://user:password@host:587?from=alerts@example.org`. Without `from` the user is the sender when it is
 * an address, else `threadline@host`. A problem never holds a part of the text, which has a password in it.
 */
export function readSmtpUrl(
  text: string,
): { ok: true; settings: SmtpSettings } | { ok: false; problem: string } {
  if (!/^smtps?:\/\//i.test(text) || !URL.canParse(text)) {
    return { ok: false, problem: 'is not a URL that starts with smtp:// or smtps://' };
  }
  const url = new URL(text);
  const unknown = [...url.searchParams.keys()].filter((key) => key !== 'from');
  if (unknown.length > 0 || (url.pathname !== '' && url.pathname !== '/')) {
    return { ok: false, problem: 'holds something besides user, password, host, port and ?from=' };
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!HOST.test(host) && !host.includes(':')) {
    return { ok: false, problem: 'has no host name' };
  }
  const user = decode(url.username);
  const password = decode(url.password);
  if (user === null || password === null) {
    return { ok: false, problem: 'has a user or password with a % that is not percent-encoded (%25)' };
  }
  const from = senderOf(url, user, host);
  if (from === null) {
    return { ok: false, problem: 'has a sender (from) that is no e-mail address' };
  }
  const isTls = url.protocol === 'smtps:';
  const port = url.port === '' ? (isTls ? 465 : 587) : Number(url.port);
  return { ok: true, settings: { host, port, isTls, login: user === '' ? null : { user, password }, from } };
}

function senderOf(url: URL, user: string, host: string): string | null {
  const wish = url.searchParams.get('from');
  if (wish !== null) {
    const read = readEmail(wish);
    return 'email' in read ? read.email : null;
  }
  const asUser = readEmail(user);
  if ('email' in asUser) {
    return asUser.email;
  }
  const asHost = readEmail(`threadline@${host}`);
  return 'email' in asHost ? asHost.email : 'threadline@localhost';
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
