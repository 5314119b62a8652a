import type { Context, Log } from '#app/context.ts';

/** Sends alert and report e-mails. So far it writes them to the log, also when SMTP_URL is set, and says so. */
export function openMail({ smtpUrl, log }: { smtpUrl: string | null; log: Log }): Context['notify'] {
  if (smtpUrl !== null) {
    log.warn({}, 'SMTP_URL is set, but e-mails are only written to the log in this version');
  }
  return async ({ to, subject, text }) => {
    log.info({ to, subject, text }, 'e-mail');
  };
}
