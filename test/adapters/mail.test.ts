import { expect, test } from 'vitest';
import { openMail } from '#app/adapters/mail.server.ts';
import type { AppError } from '#app/domain/errors.ts';
import type { OutgoingMail } from '#app/domain/ports/mail.ts';
import { closedPort } from '#test/builders/cli.ts';
import { silentLog } from '#test/builders/log.ts';
import { SMTP_PASSWORD, startSmtp } from '#test/builders/smtp.ts';

const MAIL: OutgoingMail = {
  id: '0190a1b2-0000-7000-8000-000000000001',
  to: 'ops@example.org',
  subject: 'Übersicht: 3 problems',
  text: 'A file is held.\nOpen it.\n',
  html: '<p>A file is held. Ünd so.</p>',
  date: new Date('2026-01-05T20:00:00Z'),
};

const SHORT = { connect: 2_000, silence: 500, whole: 2_000, afterStop: 200 };

function opened(smtpUrl: string) {
  return openMail({ smtpUrl, log: silentLog(), times: SHORT });
}

async function failure(work: Promise<void>): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    return error as AppError;
  }
  throw new Error('nothing failed');
}

test('a mail arrives as text and HTML, from a program, with an id that a repeat keeps', async () => {
  await using smtp = await startSmtp();
  const mail = opened(smtp.url);

  await mail.send(MAIL);
  await mail.send(MAIL);

  expect(mail.server).toBe(`127.0.0.1:${smtp.port}`);
  expect(smtp.mails).toHaveLength(2);
  expect(smtp.mails[0]).toMatchObject({
    to: ['ops@example.org'],
    text: expect.stringContaining('A file is held.') as string,
    html: expect.stringContaining('Ünd so') as string,
    headers: {
      from: 'Threadline <alerts@threadline.example>',
      to: 'ops@example.org',
      subject: 'Übersicht: 3 problems',
      'auto-submitted': 'auto-generated',
      'message-id': '<0190a1b2-0000-7000-8000-000000000001@threadline.example>',
      date: 'Mon, 05 Jan 2026 20:00:00 +0000',
    },
  });
  expect(smtp.mails[1]?.headers['message-id']).toBe(smtp.mails[0]?.headers['message-id']);
});

test('a line break in a subject adds no header and no recipient', async () => {
  await using smtp = await startSmtp();

  await opened(smtp.url).send({ ...MAIL, subject: 'Held\r\nBcc: evil@example.org\r\n\r\nbody' });

  expect(smtp.mails[0]?.to).toEqual(['ops@example.org']);
  expect(smtp.mails[0]?.headers).not.toHaveProperty('bcc');
});

test('checking logs in and sends nothing', async () => {
  await using smtp = await startSmtp();

  await opened(smtp.url).check();

  expect(smtp.mails).toEqual([]);
});

test.each([
  ['refuses a recipient', { kind: 'refuse', recipient: MAIL.to }, 'mail_refused', 'never'],
  ['defers a recipient', { kind: 'defer' }, 'mail_deferred', 'later'],
  ['is busy', { kind: 'busy' }, 'smtp_busy', 'later'],
  ['says nothing any more', { kind: 'hang' }, 'smtp_unreachable', 'later'],
] as const)('a server that %s is told apart', async (_, behaviour, code, retry) => {
  await using smtp = await startSmtp();
  await smtp.behave(behaviour);

  const error = await failure(opened(smtp.url).send(MAIL));

  expect(error).toMatchObject({ code, retry });
  expect(error.hint).toContain(`127.0.0.1:${smtp.port}`);
  expect(error.message).not.toContain(MAIL.to);
});

test('a server that is not there is unreachable', async () => {
  const port = await closedPort();

  const error = await failure(opened(`smtp://127.0.0.1:${port}`).check());

  expect(error).toMatchObject({ code: 'smtp_unreachable', retry: 'later' });
});

test('a refused log-in says so, without the password that the server repeats', async () => {
  await using smtp = await startSmtp();

  const error = await failure(opened(smtp.url.replace(SMTP_PASSWORD, 'not-the-password')).send(MAIL));

  expect(error).toMatchObject({ code: 'smtp_login_refused', retry: 'person' });
  expect(`${error.message} ${error.hint} ${JSON.stringify(error.cause ?? '')}`).not.toContain(
    'not-the-password',
  );
});

test('a password goes to another machine over TLS only', async () => {
  await using smtp = await startSmtp();
  // The same server under an address that does not look like this machine's own.
  const elsewhere = smtp.url.replace('127.0.0.1', '[::ffff:7f00:1]');

  const error = await failure(opened(elsewhere).send(MAIL));

  expect(error).toMatchObject({ code: 'smtp_tls', retry: 'person' });
});

test('a process that is asked to stop waits some seconds for the answer, not for ever', async () => {
  await using smtp = await startSmtp();
  await smtp.behave({ kind: 'hang' });
  const mail = openMail({
    smtpUrl: smtp.url,
    log: silentLog(),
    times: { ...SHORT, silence: 60_000, whole: 60_000 },
  });

  const error = await failure(mail.send(MAIL, AbortSignal.timeout(100)));

  expect(error.code).toBe('smtp_unreachable');
});
