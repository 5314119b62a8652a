import {
  EventEnum,
  EventsApi,
  ApiKeySession,
  ListsApi,
  ProfilesApi,
  AccountsApi,
  MetricsApi,
} from 'klaviyo-api';
import { expect, test } from 'vitest';
import { startLocalKlaviyo, type LocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { personIn } from './client.ts';

/** Klaviyo's own client, pointed at the local one. */
function officialClient(klaviyo: LocalKlaviyo) {
  const session = new ApiKeySession('pk_local');
  const at = <Api extends { basePath: string }>(api: Api): Api =>
    Object.assign(api, { basePath: klaviyo.url });
  return {
    accounts: at(new AccountsApi(session)),
    events: at(new EventsApi(session)),
    lists: at(new ListsApi(session)),
    metrics: at(new MetricsApi(session)),
    profiles: at(new ProfilesApi(session)),
  };
}

async function until<Value>(ask: () => Promise<Value>, isDone: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (isDone(value)) {
      return value;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("Klaviyo's own client creates a profile and reads the conflict of a second one", async () => {
  await using klaviyo = await startLocalKlaviyo();
  const { profiles, accounts } = officialClient(klaviyo);
  const query = {
    data: {
      type: 'profile' as const,
      attributes: { email: 'ann@b.dev', firstName: 'Ann', properties: { tier: 'gold' } },
    },
  };

  const created = await profiles.createProfile(query);

  expect(created.response.status).toBe(201);
  expect(created.body.data.attributes).toMatchObject({ email: 'ann@b.dev', firstName: 'Ann' });
  expect(created.body.data.attributes.created).toBeInstanceOf(Date);
  await expect(profiles.createProfile(query)).rejects.toMatchObject({
    response: { status: 409, data: { errors: [{ code: 'duplicate_profile' }] } },
  });
  expect((await accounts.getAccounts()).body.data[0]?.id).toBe('LOCAL1');
});

test("Klaviyo's own client follows a bulk import to its end and reads its errors", async () => {
  await using klaviyo = await startLocalKlaviyo();
  const { profiles, lists } = officialClient(klaviyo);
  const list = await lists.createList({
    data: { type: 'list', attributes: { name: 'Retail', optInProcess: 'single_opt_in' } },
  });
  const found = await lists.getLists({ filter: 'equals(name,"Retail")' });
  expect(found.body.data.map(({ id }) => id)).toEqual([list.body.data.id]);
  const people = [{ email: 'ann@b.dev', externalId: 'c1' }, { email: 'bob@b.dev' }, { firstName: 'Nobody' }];

  const accepted = await profiles.bulkImportProfiles({
    data: {
      type: 'profile-bulk-import-job',
      attributes: { profiles: { data: people.map((attributes) => ({ type: 'profile', attributes })) } },
      relationships: { lists: { data: [{ type: 'list', id: list.body.data.id }] } },
    },
  });
  const job = await until(
    () => profiles.getBulkImportProfilesJob(accepted.body.data.id),
    ({ body }) => body.data.attributes.status === 'complete',
  );

  expect(accepted.body.data.attributes).toMatchObject({ status: 'queued', totalCount: 3 });
  expect(job.body.data.attributes).toMatchObject({ completedCount: 2, failedCount: 1 });
  const errors = await profiles.getErrorsForBulkImportProfilesJob(accepted.body.data.id, { pageSize: 100 });
  expect(errors.body.data.map(({ attributes }) => attributes.code)).toEqual(['invalid']);
  expect(personIn(klaviyo, 'ann@b.dev')).toMatchObject({ external_id: 'c1', lists: ['Retail'] });
});

test("Klaviyo's own client sends events in bulk and reads them back", async () => {
  await using klaviyo = await startLocalKlaviyo();
  const { events, metrics } = officialClient(klaviyo);
  const event = (uniqueId: string) => ({
    type: EventEnum.Event,
    attributes: {
      properties: { store: 'SYD' },
      time: new Date('2026-01-01T00:00:00Z'),
      value: 9.5,
      valueCurrency: 'AUD',
      uniqueId,
      metric: { data: { type: 'metric' as const, attributes: { name: 'In-Store Order' } } },
    },
  });

  const sent = await events.bulkCreateEvents({
    data: {
      type: 'event-bulk-create-job',
      attributes: {
        eventsBulkCreate: {
          data: [
            {
              type: 'event-bulk-create',
              attributes: {
                backfill: true,
                profile: { data: { type: 'profile', attributes: { email: 'ann@b.dev' } } },
                events: { data: [event('1'), event('2')] },
              },
            },
          ],
        },
      },
    },
  });

  expect(sent.response.status).toBe(202);
  expect((await metrics.getMetrics()).body.data.map(({ attributes }) => attributes.name)).toEqual([
    'In-Store Order',
  ]);
  const read = await events.getEvents({ include: ['metric', 'profile'] });
  expect(read.body.data).toHaveLength(2);
  expect(klaviyo.state().accounts[0]?.events).toMatchObject([
    { unique_id: '1', value: 9.5, value_currency: 'AUD', time: '2026-01-01T00:00:00+00:00', backfill: true },
    { unique_id: '2', backfill: true },
  ]);
});

test("Klaviyo's own client subscribes people and reads their consent", async () => {
  await using klaviyo = await startLocalKlaviyo();
  const { profiles, lists } = officialClient(klaviyo);
  const list = await lists.createList({ data: { type: 'list', attributes: { name: 'Retail' } } });

  await profiles.bulkSubscribeProfiles({
    data: {
      type: 'profile-subscription-bulk-create-job',
      attributes: {
        customSource: 'Sydney store',
        historicalImport: true,
        profiles: {
          data: [
            {
              type: 'profile',
              attributes: {
                email: 'ann@b.dev',
                subscriptions: {
                  email: {
                    marketing: { consent: 'SUBSCRIBED', consentedAt: new Date('2020-05-01T00:00:00Z') },
                  },
                },
              },
            },
          ],
        },
      },
      relationships: { list: { data: { type: 'list', id: list.body.data.id } } },
    },
  });
  const read = await until(
    () =>
      profiles.getProfiles({
        additionalFieldsProfile: ['subscriptions'],
        filter: 'equals(email,"ann@b.dev")',
      }),
    ({ body }) => body.data.length > 0,
  );

  expect(read.body.data[0]?.attributes.subscriptions?.email?.marketing).toMatchObject({
    consent: 'SUBSCRIBED',
    consentTimestamp: new Date('2020-05-01T00:00:00Z'),
    customMethodDetail: 'Sydney store',
  });
});
