import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./smtp-main.ts', import.meta.url));
const USER = 'threadline';
export const SMTP_PASSWORD = 'secret-of-smtp';
const PATIENCE_MS = 30_000;

/** `hang`: takes the mail and never answers, nor keeps it. `take-silently`: keeps it and never says so. */
export type SmtpBehaviour =
  { kind: 'accept' | 'busy' | 'defer' | 'hang' | 'take-silently' } | { kind: 'refuse'; recipient: string };

export type ReceivedMail = {
  to: string[];
  /** By name in lower case, unfolded and decoded. */
  headers: Record<string, string>;
  text: string;
  html: string;
};

export type TestSmtp = {
  /** `smtp://…` with user and password. */
  url: string;
  port: number;
  /** What was delivered so far. */
  mails: ReceivedMail[];
  behave(behaviour: SmtpBehaviour): Promise<void>;
  /** Returns when `count` mails were delivered. */
  received(count: number): Promise<void>;
} & AsyncDisposable;

type Said =
  { kind: 'listening'; port: number } | { kind: 'mail'; to: string[]; raw: string } | { kind: 'behaves' };

/** A real SMTP server in a process of its own, on this machine only; it asks for user and password. */
export async function startSmtp({ port = 0 }: { port?: number } = {}): Promise<TestSmtp> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, String(port), USER, SMTP_PASSWORD], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const mails: ReceivedMail[] = [];
  const waiting: { isTrue: (said: Said) => boolean; go: (said: Said) => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    if (said.kind === 'mail') {
      mails.push({ to: said.to, ...parseMail(said.raw) });
    }
    waiting.splice(0).forEach((one) => (one.isTrue(said) ? one.go(said) : waiting.push(one)));
  });
  function until(isTrue: (said: Said) => boolean): Promise<Said> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('the mail server said nothing of the kind')),
        PATIENCE_MS,
      );
      waiting.push({
        isTrue,
        go: (said) => {
          clearTimeout(timer);
          resolve(said);
        },
      });
    });
  }
  const said = await until(({ kind }) => kind === 'listening');
  const listening = said.kind === 'listening' ? said.port : 0;
  return {
    url: `smtp://${USER}:${SMTP_PASSWORD}@127.0.0.1:${listening}?from=alerts@threadline.example`,
    port: listening,
    mails,
    async behave(behaviour) {
      const done = until(({ kind }) => kind === 'behaves');
      child.stdin.write(`${JSON.stringify(behaviour)}\n`);
      await done;
    },
    async received(count) {
      while (mails.length < count) {
        await until(({ kind }) => kind === 'mail');
      }
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
    },
  };
}

function parseMail(raw: string): Omit<ReceivedMail, 'to'> {
  const { headers, body } = split(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1];
  const parts =
    boundary === undefined ? [] : body.split(`--${boundary}`).map((part) => split(part.trimStart()));
  const part = (type: string) => {
    const found = parts.find((one) => one.headers['content-type']?.startsWith(type) === true);
    return found === undefined ? '' : decodeBody(found.body, found.headers['content-transfer-encoding']);
  };
  return { headers, text: part('text/plain'), html: part('text/html') };
}

function split(raw: string): { headers: Record<string, string>; body: string } {
  const [head = '', ...rest] = raw.split(/\r?\n\r?\n/);
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      decodeWords(line.slice(line.indexOf(':') + 1).trim()),
    ]),
  );
  return { headers, body: rest.join('\n\n') };
}

function decodeWords(text: string): string {
  return text
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, encoding: string, word: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64').toString('utf8')
        : quotedPrintable(word.replaceAll('_', ' ')),
    );
}

function decodeBody(body: string, encoding = '7bit'): string {
  switch (encoding) {
    case 'quoted-printable':
      return quotedPrintable(body.replace(/=\r?\n/g, ''));
    case 'base64':
      return Buffer.from(body, 'base64').toString('utf8');
    default:
      return body;
  }
}

function quotedPrintable(text: string): string {
  const bytes = Buffer.from(text, 'latin1').toString('latin1');
  return Buffer.from(
    bytes.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  ).toString('utf8');
}
