import type { Context } from '../../context.ts';
import { AppError, isAppError } from '../../domain/errors.ts';
import { raiseAlert, resolveAlerts } from '../../pipeline/raise-alert.ts';
import { UNDELIVERABLE } from './undeliverable.server.ts';

/** A worker that says nothing for so long is dead; a mail takes a minute at most. */
const LEASE = `interval '3 minutes'`;

/** Pauses between the tries of one mail: 1, 2, 4 … 60 minutes. */
const LONGEST_PAUSE_MINUTES = 60;

/** A mail that could not be sent for so long is given up. */
const GIVE_UP_HOURS = 48;

/** How long nothing is tried after the server itself failed: it is spared, and a wrong password is not tried too often. */
const REST = `interval '1 minute'`;

/** Mails of one turn: then others have theirs, and what is new is written. The next turn comes in seconds. */
const MOST = 100;

type MailRow = {
  id: string;
  shop_id: string;
  kind: string;
  recipient: string;
  subject: string;
  text: string;
  html: string;
  attempts: number;
  created_at: Date;
  is_old: boolean;
};

/**
 * Sends what waits in the outbox, one mail after the other, until nothing is due, the turn is over, the server fails, or the
 * process is asked to stop. Any number of workers may do so: a mail is one worker's while its lease lasts. A process that is
 * killed after the server took a mail and before that is noted leads to one repeat, with the same Message-ID; none is lost.
 */
export async function sendMails(ctx: Context, signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < MOST && !signal.aborted; turn += 1) {
    const mail = await claimMail(ctx);
    if (mail === null) {
      return;
    }
    try {
      await ctx.mail.send(outgoing(mail), signal);
    } catch (error) {
      await noteFailure(ctx, mail, error);
      if (isServerTrouble(error)) {
        return;
      }
      continue;
    }
    await noteSent(ctx, mail);
  }
}

async function claimMail(ctx: Context): Promise<MailRow | null> {
  const [mail] = await ctx.db.sql<MailRow>(
    `UPDATE mail SET attempts = attempts + 1, next_attempt_at = now() + ${LEASE}
      WHERE id = (SELECT m.id FROM mail m JOIN shop s ON s.id = m.shop_id AND s.uninstalled_at IS NULL
                   WHERE m.status = 'waiting' AND m.next_attempt_at <= now()
                   ORDER BY m.next_attempt_at LIMIT 1 FOR UPDATE OF m SKIP LOCKED)
      RETURNING id, shop_id, kind, recipient, subject, text, html, attempts, created_at,
                created_at < now() - interval '${GIVE_UP_HOURS} hours' AS is_old`,
  );
  return mail ?? null;
}

function outgoing({ id, recipient, subject, text, html, created_at: date }: MailRow) {
  return { id, to: recipient, subject, text, html, date };
}

async function noteSent(ctx: Context, mail: MailRow): Promise<void> {
  await ctx.db.sql(
    `UPDATE mail SET status = 'sent', settled_at = now(), error = NULL WHERE shop_id = $1 AND id = $2`,
    [mail.shop_id, mail.id],
  );
  await resolveAlerts(ctx, mail.shop_id, causeOf(mail));
  ctx.log.info({ shopId: mail.shop_id, mail: mail.id, kind: mail.kind }, 'a mail was sent');
}

async function noteFailure(ctx: Context, mail: MailRow, error: unknown): Promise<void> {
  const trouble = isAppError(error) ? error : unknownTrouble(error);
  const isOver = trouble.retry === 'never' || mail.is_old;
  const fields = {
    shopId: mail.shop_id,
    mail: mail.id,
    kind: mail.kind,
    attempt: mail.attempts,
    err: trouble,
  };
  if (isOver) {
    await ctx.db.sql(
      `UPDATE mail SET status = 'given-up', settled_at = now(), error = $3 WHERE shop_id = $1 AND id = $2`,
      [mail.shop_id, mail.id, trouble.hint],
    );
    await raiseAlert(ctx, mail.shop_id, {
      connectionId: null,
      cause: causeOf(mail),
      code: UNDELIVERABLE,
      message: `An e-mail to ${mail.recipient} was given up. ${trouble.hint} Correct the address in the settings of the connection, or have the mail server looked at.`,
    });
    ctx.log.warn(fields, 'a mail was given up');
    return;
  }
  await ctx.db.sql(
    `UPDATE mail SET error = $3, next_attempt_at = now() + least(power(2, attempts - 1), ${LONGEST_PAUSE_MINUTES}) * interval '1 minute'
      WHERE shop_id = $1 AND id = $2`,
    [mail.shop_id, mail.id, trouble.hint],
  );
  if (isServerTrouble(error)) {
    // Of every shop: they all go through the one server.
    await ctx.db.sql(
      `UPDATE mail SET next_attempt_at = now() + ${REST} WHERE status = 'waiting' AND next_attempt_at <= now()`,
    );
  }
  ctx.log.warn(fields, 'a mail was not sent and will be tried again');
}

/** Another mail would fare no better. */
function isServerTrouble(error: unknown): boolean {
  return !isAppError(error) || error.code.startsWith('smtp_');
}

function unknownTrouble(cause: unknown): AppError {
  return new AppError({
    code: 'mail_failed',
    retry: 'later',
    message: 'a mail was not sent',
    hint: 'Something went wrong on our side; the log has the details.',
    cause,
  });
}

function causeOf(mail: MailRow): string {
  return `mail:${mail.recipient}`;
}
