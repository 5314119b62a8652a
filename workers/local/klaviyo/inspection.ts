import type { Account, Profile } from './account.ts';
import type { Service } from './call.ts';
import { statusAt } from './import-jobs.ts';
import { isoTime } from './values.ts';

/** The JSON of `GET /_state`. */
export type LocalKlaviyoState = {
  accounts: (ReturnType<typeof accountSummary> & ReturnType<typeof accountDetails>)[];
  /** The faults that are set and how often each struck. */
  faults: { kind: string; struck: number }[];
};

/** Counts, traffic and what was received. */
export function accountSummary(account: Account) {
  return {
    id: account.id,
    name: account.name,
    counts: {
      profiles: account.byId.size,
      events: account.events.length,
      lists: account.lists.size,
      jobs: account.importJobs.size,
    },
    received: { ...account.received },
    requests: Object.fromEntries([...account.traffic].map(([id, { requests }]) => [id, requests])),
    traffic: Object.fromEntries(
      [...account.traffic].map(([id, traffic]) => [
        id,
        {
          requests: traffic.requests,
          throttled: traffic.throttled,
          statuses: { ...traffic.statuses },
          /** The fullest that each window ever was, as `used of allowed`. */
          peaks: traffic.windows.map(({ seconds, count, peak }) => ({ seconds, count, peak })),
        },
      ]),
    ),
    throttled: [...account.traffic.values()].reduce((sum, { throttled }) => sum + throttled, 0),
    duplicateEvents: account.duplicateEvents,
    droppedEvents: account.droppedEvents,
    deletedProfiles: account.deletedProfiles,
    eventsThatCouldStartFlows: account.events.filter((event) => !event.isBackfill).length,
  };
}

/** Everything, in words a test can compare. */
export function accountDetails(account: Account, service: Service) {
  const now = service.clock();
  const listNames = new Map<Profile, string[]>();
  for (const list of account.lists.values()) {
    for (const profile of list.members.keys()) {
      listNames.set(profile, [...(listNames.get(profile) ?? []), list.name]);
    }
  }
  return {
    profiles: account.profiles
      .filter((profile) => !profile.isGone)
      .map((profile) => profileState(profile, listNames.get(profile) ?? [])),
    events: account.events.map((event) => ({
      id: event.id,
      metric: event.metric.name,
      unique_id: event.uniqueId,
      profile: { id: event.profile.id, email: event.profile.email, external_id: event.profile.external_id },
      time: isoTime(event.at),
      value: event.value,
      value_currency: event.currency,
      properties: event.properties,
      backfill: event.isBackfill,
    })),
    lists: [...account.lists.values()].map((list) => ({
      id: list.id,
      name: list.name,
      opt_in: list.optIn,
      members: [...list.members.keys()].map(({ id }) => id),
    })),
    metrics: [...account.metrics.values()].map(({ id, name }) => ({ id, name })),
    jobs: [...account.importJobs.values()].map((job) => ({
      id: job.id,
      status: statusAt(job, now),
      total: job.totalCount,
      completed: job.completedCount,
      failed: job.failedCount,
      lists: job.lists.map(({ name }) => name),
      errors: job.errors.map(({ code, detail, payload }) => ({ code, detail, payload })),
    })),
    consentCalls: account.consentCalls.map((call) => ({ ...call, at: new Date(call.at).toISOString() })),
    confirmations: account.confirmations.map(({ list, ...each }) => ({ ...each, list: list?.name ?? null })),
    backInStock: [...account.backInStock],
  };
}

function profileState(profile: Profile, lists: string[]) {
  const channel = (name: 'email' | 'sms') => {
    const state = profile.consent?.channels[name];
    return {
      consent: state?.consent ?? 'NEVER_SUBSCRIBED',
      timestamp: state === undefined ? null : isoTime(state.at),
      source: state?.source ?? null,
    };
  };
  const { id, email, phone_number, external_id, texts, location, properties } = profile;
  return {
    id,
    email,
    phone_number,
    external_id,
    first_name: texts.first_name ?? null,
    last_name: texts.last_name ?? null,
    organization: texts.organization ?? null,
    locale: texts.locale ?? null,
    title: texts.title ?? null,
    image: texts.image ?? null,
    location,
    properties,
    consent: { email: channel('email'), sms: channel('sms') },
    suppression: (profile.consent?.suppressions ?? []).map(({ reason }) => reason),
    lists,
  };
}
