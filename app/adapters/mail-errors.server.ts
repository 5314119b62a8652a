import { AppError, type RetryAdvice } from '#app/domain/errors.ts';

/** What nodemailer's errors carry besides a message: https://nodemailer.com/errors */
type SmtpFault = Error & { code?: string; command?: string; response?: string; responseCode?: number };

type Exchange = {
  server: string;
  login: { user: string; password: string } | null;
  /** Null = nothing was to be sent. */
  to: string | null;
};

type Verdict = { code: string; retry: RetryAdvice; hint: string };

const LONGEST_REASON = 200;

/**
 * What went wrong, for the log (without the recipient) and for people. What a server answers may quote anything: user,
 * password and recipient are taken out. The original is no `cause` for that reason.
 */
export function smtpError(error: unknown, exchange: Exchange): AppError {
  const fault = error instanceof Error ? (error as SmtpFault) : new Error(String(error));
  const reason = reasonOf(fault, exchange);
  const { code, retry, hint } = judge(fault, exchange, reason);
  return new AppError({ code, retry, message: `mail server ${exchange.server}: ${reason}`, hint });
}

function judge(fault: SmtpFault, { server, to }: Exchange, reason: string): Verdict {
  const { code, command, responseCode = 0 } = fault;
  const said = `The mail server ${server} `;
  if (code === 'EAUTH' || code === 'ENOAUTH' || responseCode === 530 || responseCode === 535) {
    return responseCode >= 400 && responseCode < 500
      ? busy(said, reason)
      : {
          code: 'smtp_login_refused',
          retry: 'person',
          hint: `${said}refuses the log-in (${reason}). Check user and password in SMTP_URL.`,
        };
  }
  if (code === 'ETLS' || code === 'EREQUIRETLS' || /certificate|self.signed/i.test(reason)) {
    return {
      code: 'smtp_tls',
      retry: 'person',
      hint: `${said}offers no encryption that can be trusted (${reason}). Use smtps:// or the port with STARTTLS, and the host name of its certificate.`,
    };
  }
  if (responseCode === 0) {
    return {
      code: 'smtp_unreachable',
      retry: 'later',
      hint: `${said}does not answer (${reason}). Check host and port in SMTP_URL, and that this machine may reach it.`,
    };
  }
  if (to === null || responseCode === 421 || (responseCode < 500 && command !== 'RCPT TO')) {
    return busy(said, reason);
  }
  if (command === 'MAIL FROM') {
    return {
      code: 'smtp_sender_refused',
      retry: 'person',
      hint: `${said}refuses the sender (${reason}). Set an address that it accepts: SMTP_URL with ?from=alerts@example.org.`,
    };
  }
  return responseCode < 500
    ? { code: 'mail_deferred', retry: 'later', hint: `${said}does not take the mail now (${reason}).` }
    : { code: 'mail_refused', retry: 'never', hint: `${said}refuses the mail (${reason}).` };
}

function busy(said: string, reason: string): Verdict {
  return { code: 'smtp_busy', retry: 'later', hint: `${said}is busy (${reason}). It is tried again.` };
}

function reasonOf(fault: SmtpFault, { login, to }: Exchange): string {
  const text = fault.code === 'EABORT' ? 'no answer in time' : (fault.response ?? fault.message);
  const secrets =
    login === null || login.password === ''
      ? []
      : [login.password, base64(login.password), base64(`\0${login.user}\0${login.password}`)];
  const clean = secrets.reduce(
    (rest, secret) => rest.replaceAll(secret, '[redacted]'),
    text.replace(/[\p{C}\s]+/gu, ' ').trim(),
  );
  const anonymous = to === null ? clean : clean.replaceAll(new RegExp(escaped(to), 'gi'), 'the recipient');
  return anonymous.slice(0, LONGEST_REASON).replace(/[.\s]+$/, '');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
