/** One e-mail to one address, finished. */
export type OutgoingMail = {
  /** Part of the Message-ID: a mail that is sent again is recognised by it. */
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** When it was written. */
  date: Date;
};

/** Sends e-mails. */
export type MailPort = {
  /** Which server takes them, without secrets: `mail.example.org:587`; null = they are written to the log. */
  server: string | null;
  /**
   * Returns when the server has taken the mail. Within a minute it did or did not; `signal` cuts that to some seconds.
   * Errors: AppError. `mail_refused` (never): this mail or its recipient. `smtp_unreachable`, `smtp_busy` (later),
   * `smtp_login_refused`, `smtp_sender_refused`, `smtp_tls` (person): the server, so that no other mail would go either.
   * `mail_deferred` (later): this mail, for now.
   */
  send(mail: OutgoingMail, signal?: AbortSignal): Promise<void>;
  /** Connects and logs in, nothing else. Errors as in `send`. Without a server it does nothing. */
  check(): Promise<void>;
};
