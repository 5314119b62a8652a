import { isAppError } from '#app/domain/errors.ts';
import { checkShop, type Check } from '#app/services/check-shop.server.ts';
import { checkInstallation } from '#workers/operations/check-installation.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';
import { openSession, type Session } from '../session.ts';

/** Looks at everything that Threadline needs and says in one line each what is wrong and what to do. */
export async function doctor(
  { output, exit }: CommandContext,
  options: { shop?: string; json?: boolean },
): Promise<void> {
  const checks = await lookAtAll(options.shop);
  if (options.json === true) {
    output.json({ checks });
  } else {
    checks.forEach((check) => output.line(`${mark(check)} ${check.subject}: ${oneLine(check.message)}`));
  }
  const failed = checks.filter((check) => !check.isFine);
  if (failed.length > 0) {
    exit(failed.every((check) => check.isUnreachable) ? EXIT.unreachable : EXIT.needsPerson);
  }
}

async function lookAtAll(domain: string | undefined): Promise<Check[]> {
  let session: Session;
  try {
    session = await openSession();
  } catch (error) {
    if (!isAppError(error) || error.code === 'bad_environment') {
      throw error;
    }
    const isUnreachable = error.code === 'database_unreachable';
    const subject = error.code === 'wrong_encryption_key' ? 'encryption keys' : 'database';
    return [{ subject, isFine: false, message: error.hint, isUnreachable }];
  }
  try {
    return [
      ...(await checkInstallation(session)),
      ...(await checkMail(session)),
      ...(await checkShops(session, domain)),
    ];
  } finally {
    await session.close();
  }
}

/** Nothing to say when e-mails go to the log. */
async function checkMail({ ctx: { mail } }: Session): Promise<Check[]> {
  if (mail.server === null) {
    return [];
  }
  try {
    await mail.check();
    return [
      { subject: 'e-mail', isFine: true, message: `${mail.server} lets Threadline in`, isUnreachable: false },
    ];
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    const isUnreachable = error.retry === 'later';
    return [{ subject: 'e-mail', isFine: false, message: error.hint, isUnreachable }];
  }
}

async function checkShops({ ctx }: Session, domain: string | undefined): Promise<Check[]> {
  const shops = await ctx.db.sql<{ id: string; domain: string }>(
    'SELECT id, domain FROM shop WHERE uninstalled_at IS NULL AND ($1::text IS NULL OR domain = $1) ORDER BY domain',
    [domain ?? null],
  );
  if (domain !== undefined && shops.length === 0) {
    const message = 'there is no such shop. Create it with: threadline apply shop.yaml';
    return [{ subject: domain, isFine: false, message, isUnreachable: false }];
  }
  const checks: Check[] = [];
  for (const shop of shops) {
    const own = await checkShop(ctx, shop.id);
    // Of several shops each line says whose it is.
    checks.push(
      ...own.map((check) =>
        shops.length === 1 ? check : { ...check, subject: `${shop.domain} ${check.subject}` },
      ),
    );
  }
  return checks;
}

function mark({ isFine, isWarning }: Check): string {
  if (!isFine) {
    return 'FAIL';
  }
  return isWarning === true ? 'look' : 'ok  ';
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
