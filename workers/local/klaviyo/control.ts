import { z } from 'zod';
import { createAccount, emptyAccount, type Account } from './account.ts';
import type { Service } from './call.ts';
import { confirmSubscription, ensurePerson, subscribe, suppress, unsubscribe } from './consent-machine.ts';
import type { Faults } from './faults.ts';
import { accountDetails, accountSummary } from './inspection.ts';
import { accountSpec, faultSpec, switchSpec } from './options.ts';
import { isoTime } from './values.ts';

export type Stand = { service: Service; accounts: Account[]; faults: Faults };

const personSpec = z.strictObject({
  account: z.string().optional(),
  email: z.string().nullish(),
  phone_number: z.string().nullish(),
  channel: z.enum(['email', 'sms']).default('email'),
  at: z.string().datetime({ offset: true }).optional(),
  source: z.string().nullable().default(null),
  reason: z
    .enum(['HARD_BOUNCE', 'INVALID_EMAIL', 'SPAM_COMPLAINT', 'UNSUBSCRIBE', 'USER_SUPPRESSED'])
    .default('USER_SUPPRESSED'),
});

const keySpec = z.strictObject({
  account: z.string().optional(),
  key: z.string(),
  scopes: z.array(z.string()).optional(),
  revoke: z.boolean().default(false),
});

/**
 * The stand-in's own addresses, without a key: `GET /_state[?summary=1][&settle=1]`, `POST /_reset`, `/_settle`,
 * `/_faults`, `/_switches`, `/_accounts`, `/_keys`, and what a person or Klaviyo does on its own: `/_subscribe`,
 * `/_unsubscribe`, `/_suppress`, `/_confirm`.
 */
export function answerControl(
  stand: Stand,
  request: { method: string; path: string; query: URLSearchParams; text: string },
): { status: number; body: unknown } {
  const route = `${request.method} ${request.path}`;
  stand.service.later.run(stand.service.clock());
  if (request.query.get('settle') === '1' || route === 'POST /_settle') {
    stand.service.later.settle(stand.service.clock());
  }
  try {
    switch (route) {
      case 'GET /_state':
        return { status: 200, body: stateOf(stand, request.query.get('summary') === '1') };
      case 'POST /_settle':
        return done();
      case 'POST /_reset':
        resetAll(stand);
        return done();
      case 'POST /_faults':
        stand.faults.set(z.array(faultSpec).parse(JSON.parse(request.text)));
        return done();
      case 'POST /_switches':
        Object.assign(stand.service.switches, switchSpec.partial().parse(JSON.parse(request.text)));
        return done();
      case 'POST /_accounts':
        addAccount(stand, JSON.parse(request.text));
        return done();
      case 'POST /_keys':
        return { status: 200, body: { changed: setKey(stand, JSON.parse(request.text)) } };
      case 'POST /_subscribe':
      case 'POST /_unsubscribe':
      case 'POST /_suppress':
      case 'POST /_confirm':
        return {
          status: 200,
          body: { changed: actForPerson(stand, request.path, JSON.parse(request.text)) },
        };
      default:
        return { status: 404, body: { error: `${route} is not an address of the local Klaviyo.` } };
    }
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function done(): { status: number; body: unknown } {
  return { status: 200, body: { done: true } };
}

export function stateOf(stand: Stand, isSummary: boolean): { accounts: unknown[]; faults: unknown } {
  const accounts = stand.accounts.map((account) => ({
    ...accountSummary(account),
    ...(isSummary ? {} : accountDetails(account, stand.service)),
  }));
  return { accounts, faults: stand.faults.report() };
}

/** Empties every account and forgets what was still to happen; keys, switches and faults stay. */
export function resetAll(stand: Stand): void {
  stand.service.later.clear();
  stand.accounts.forEach(emptyAccount);
}

function addAccount(stand: Stand, json: unknown): void {
  const account = createAccount(accountSpec.parse(json), stand.service.random);
  if (stand.accounts.some(({ id }) => id === account.id)) {
    throw new Error(`There is an account ${account.id} already.`);
  }
  stand.accounts.push(account);
}

function setKey(stand: Stand, json: unknown): boolean {
  const { account: id, key, scopes, revoke } = keySpec.parse(json);
  const account = accountNamed(stand, id);
  const known = account.keyring.get(key);
  if (revoke) {
    account.keyring.set(key, { scopes: known?.scopes ?? [], isRevoked: true });
    return known !== undefined && !known.isRevoked;
  }
  account.keyring.set(key, { scopes: scopes ?? known?.scopes ?? ['*'], isRevoked: false });
  return true;
}

function actForPerson(stand: Stand, path: string, json: unknown): boolean {
  const {
    account: id,
    email,
    phone_number: phone,
    channel,
    at: time,
    source,
    reason,
  } = personSpec.parse(json);
  const account = accountNamed(stand, id);
  const now = stand.service.clock();
  const at = time === undefined ? now : Date.parse(time);
  if (!email && !phone) {
    throw new Error(`Name the person by email or phone_number (it is ${isoTime(now)}).`);
  }
  if (path === '/_confirm') {
    return confirmSubscription(account, email ?? '', now);
  }
  const person = { email: email?.toLowerCase() ?? null, phone_number: phone ?? null };
  const profile = ensurePerson(account, person, now);
  switch (path) {
    case '/_subscribe':
      delete profile.consent?.subscribedAt[channel];
      return subscribe(profile, channel, { list: null, source, at, now: at, isDoubleOptIn: false });
    case '/_unsubscribe':
      unsubscribe(profile, channel, at, at);
      return true;
    default:
      return suppress(profile, reason, at);
  }
}

/** Without a name, the only account there is. */
function accountNamed(stand: Stand, id: string | undefined): Account {
  const account = id === undefined ? stand.accounts[0] : stand.accounts.find((each) => each.id === id);
  if (account === undefined || (id === undefined && stand.accounts.length > 1)) {
    throw new Error(`Name one of the accounts: ${stand.accounts.map((each) => each.id).join(', ')}.`);
  }
  return account;
}
