import type { Log } from '#app/context.ts';
import { AppError } from '#app/domain/errors.ts';
import { readSmtpUrl, type SmtpSettings } from '#app/domain/mails/smtp-url.ts';
import type { MailPort } from '#app/domain/ports/mail.ts';
import { smtpError } from './mail-errors.server.ts';

export type OpenMailOptions = {
  /** Null = e-mails are written to the log. */
  smtpUrl: string | null;
  log: Log;
  /** Shorter ones for tests. */
  times?: Partial<typeof TIMES>;
};

/** How long a server may take, ms. `whole` stays well under the lease of a mail that is being sent. */
const TIMES = { connect: 10_000, silence: 30_000, whole: 60_000, afterStop: 8_000 };

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Sends e-mails by SMTP, one connection for each; connects only when there is something to send. The password goes over TLS
 * only, except on this machine. Errors: AppError `bad_environment` for a URL that says nothing.
 */
export function openMail({ smtpUrl, log, times }: OpenMailOptions): MailPort {
  if (smtpUrl === null) {
    return intoLog(log);
  }
  const read = readSmtpUrl(smtpUrl);
  if (!read.ok) {
    throw new AppError({
      code: 'bad_environment',
      retry: 'person',
      message: `SMTP_URL ${read.problem}`,
      hint: `The environment is not right:\n- SMTP_URL ${read.problem}`,
    });
  }
  return bySmtp(read.settings, { ...TIMES, ...times });
}

function intoLog(log: Log): MailPort {
  return {
    server: null,
    async send({ id, to, subject, text }) {
      log.info({ mail: id, to: masked(to), subject, text }, 'e-mail');
    },
    async check() {},
  };
}

/** Enough to tell addresses apart. */
function masked(address: string): string {
  return address.replace(/^(.).*(?=@)/, '$1…');
}

function bySmtp(settings: SmtpSettings, times: typeof TIMES): MailPort {
  const { host, port, isTls, login, from } = settings;
  const server = `${host}:${port}`;

  /** Loaded by who sends: most processes never do. */
  async function openTransport() {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      host,
      port,
      secure: isTls,
      requireTLS: !isTls && login !== null && !LOOPBACK.test(host),
      ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
      connectionTimeout: times.connect,
      greetingTimeout: times.connect,
      dnsTimeout: times.connect,
      socketTimeout: times.silence,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  return {
    server,
    async send({ id, to, subject, text, html, date }, signal) {
      const limit = patience(signal, times);
      try {
        const transport = await openTransport();
        await transport.sendMail({
          from: { name: 'Threadline', address: from },
          to: { name: '', address: to },
          subject,
          text,
          html,
          date,
          messageId: `<${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          signal: limit.signal,
        });
      } catch (error) {
        throw smtpError(error, { server, login, to });
      } finally {
        limit.end();
      }
    },
    async check() {
      try {
        const transport = await openTransport();
        await transport.verify();
      } catch (error) {
        throw smtpError(error, { server, login, to: null });
      }
    },
  };
}

/** Aborts after the time for one mail, or some seconds after the process was asked to stop: an answer that is near is waited for. */
function patience(
  stop: AbortSignal | undefined,
  times: typeof TIMES,
): { signal: AbortSignal; end: () => void } {
  const limit = new AbortController();
  const timers = [setTimeout(() => limit.abort(), times.whole)];
  const onStop = () => void timers.push(setTimeout(() => limit.abort(), times.afterStop));
  if (stop?.aborted === true) {
    onStop();
  }
  stop?.addEventListener('abort', onStop, { once: true });
  return {
    signal: limit.signal,
    end() {
      stop?.removeEventListener('abort', onStop);
      timers.forEach(clearTimeout);
    },
  };
}
