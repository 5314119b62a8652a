import { expect } from 'vitest';
import type { LocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, personIn, subscribeBody, unsubscribeBody, type Reply } from './client.ts';

export const SUBSCRIBE = '/api/profile-subscription-bulk-create-jobs';
export const UNSUBSCRIBE = '/api/profile-subscription-bulk-delete-jobs';
export const ANN = { email: 'ann@b.dev' };
export const PHONE = '+61412345678';

/** Subscribes people and lets it happen. */
export async function subscribe(klaviyo: LocalKlaviyo, people: object[], terms = {}): Promise<Reply> {
  const reply = await clientOf(klaviyo).post(SUBSCRIBE, subscribeBody(people, terms));
  klaviyo.settle();
  return reply;
}

export async function unsubscribe(klaviyo: LocalKlaviyo, people: object[], terms = {}): Promise<Reply> {
  const reply = await clientOf(klaviyo).post(UNSUBSCRIBE, unsubscribeBody(people, terms));
  klaviyo.settle();
  return reply;
}

/** Where the errors of a refused request point. */
export function pointers(reply: Reply): (string | undefined)[] {
  expect(reply.status).toBe(400);
  return reply.body.errors.map(({ source }) => source.pointer);
}

export function emailConsent(klaviyo: LocalKlaviyo, email = ANN.email): string | undefined {
  return personIn(klaviyo, email)?.consent.email.consent;
}

/** What came of every consent call so far. */
export function results(klaviyo: LocalKlaviyo): unknown[] {
  return (klaviyo.state().accounts[0]?.consentCalls ?? []).map(({ result }) => result);
}
