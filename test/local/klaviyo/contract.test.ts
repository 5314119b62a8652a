import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '#workers/local/klaviyo/operations.ts';
import { startLocalKlaviyo, type SeenRequest } from '#workers/local/klaviyo/server.ts';
import {
  clientOf,
  createList,
  eventBody,
  eventGroupsBody,
  importBody,
  profileBody,
  subscribeBody,
  unsubscribeBody,
} from './client.ts';
import { loadContract, NO_CONTRACT } from './contract.ts';

const contract = loadContract();
/** Not in the published trimmed file, or known to answer differently from it. */
const BESIDE_THE_CONTRACT = ['createBackInStock', 'mergeProfiles'];

/** One successful request of every operation, and some refused ones. */
async function walkThrough(): Promise<SeenRequest[]> {
  const seen: SeenRequest[] = [];
  await using klaviyo = await startLocalKlaviyo({
    limits: 'off',
    onRequest: (request) => seen.push(request),
  });
  const client = clientOf(klaviyo);
  const full = {
    email: 'ann@b.dev',
    phone_number: '+61412345678',
    external_id: 'c1',
    first_name: 'Ann',
    last_name: 'Lee',
    location: { city: 'Sydney', latitude: -33.8, longitude: '151.2' },
    properties: { tier: 'gold', list: [1, { deep: null }] },
  };
  const list = await createList(klaviyo, 'Retail');
  const { id } = (await client.post('/api/profiles', profileBody(full))).body.data;
  const other = (await client.post('/api/profile-import', profileBody({ email: 'bob@b.dev', title: null })))
    .body.data;
  await client.patch(
    `/api/profiles/${id}`,
    profileBody({ title: 'Dr' }, { id, meta: { patch_properties: { unset: 'x' } } }),
  );
  const member = { data: [{ type: 'profile', id }] };
  await client.post(`/api/lists/${list}/relationships/profiles`, member);
  const job = (
    await client.post(
      '/api/profile-bulk-import-jobs',
      importBody([full, { email: 'c@b.dev' }, { first_name: 'Nobody' }], [list]),
    )
  ).body.data;
  await client.post(
    '/api/profile-subscription-bulk-create-jobs',
    subscribeBody([full].map(identity), { list }),
  );
  klaviyo.settle();
  await client.post(
    '/api/profile-subscription-bulk-delete-jobs',
    unsubscribeBody([{ email: 'd@b.dev' }], { list }),
  );
  await client.post('/_suppress', { email: 'ann@b.dev', reason: 'HARD_BOUNCE' });
  const event = {
    unique_id: '1',
    value: 9.5,
    value_currency: 'AUD',
    time: '2026-01-01T00:00:00Z',
    backfill: true,
  };
  await client.post('/api/events', eventBody({ email: 'ann@b.dev' }, event));
  await client.post(
    '/api/event-bulk-create-jobs',
    eventGroupsBody([{ profile: { email: 'c@b.dev' }, events: [event] }]),
  );
  const jobIds: string[] = [];
  for (const kind of ['create', 'delete']) {
    const type = `profile-suppression-bulk-${kind}-job`;
    const data = [{ type: 'profile', attributes: { email: 'bob@b.dev' } }];
    jobIds.push(
      (await client.post(`/api/${type}s`, { data: { type, attributes: { profiles: { data } } } })).body.data
        .id,
    );
  }
  klaviyo.settle();
  const [firstEvent] = (await client.get('/api/events?include=profile,metric&sort=-datetime')).body.data;
  const [metric] = (await client.get('/api/metrics')).body.data;
  for (const path of [
    '/api/accounts',
    '/api/profiles?additional-fields[profile]=subscriptions,predictive_analytics&page[size]=1',
    `/api/profiles?filter=${encodeURIComponent('any(email,["ann@b.dev","d@b.dev"])')}&fields[profile]=email,location.city`,
    `/api/profiles/${id}?additional-fields[profile]=subscriptions`,
    `/api/profiles/${id}/lists`,
    '/api/profile-bulk-import-jobs?filter=any(status,["queued","complete"])&page[size]=100&sort=created_at',
    `/api/profile-bulk-import-jobs/${job.id}?include=lists`,
    `/api/profile-bulk-import-jobs/${job.id}/import-errors?page[size]=100`,
    `/api/profile-bulk-import-jobs/${job.id}/profiles?additional-fields[profile]=subscriptions`,
    `/api/events/${firstEvent?.id}?include=metric`,
    `/api/metrics/${metric?.id}`,
    '/api/lists?page[size]=10',
    `/api/lists/${list}?additional-fields[list]=profile_count`,
    `/api/lists/${list}/profiles?page[size]=1&sort=joined_group_at`,
    `/api/lists/${list}/relationships/profiles`,
    '/api/profile-suppression-bulk-create-jobs',
    `/api/profile-suppression-bulk-create-jobs/${jobIds[0]}`,
    '/api/profile-suppression-bulk-delete-jobs',
    `/api/profile-suppression-bulk-delete-jobs/${jobIds[1]}`,
  ]) {
    await client.get(path);
  }
  await client.send('DELETE', `/api/lists/${list}/relationships/profiles`, member);
  await client.post('/api/data-privacy-deletion-jobs', {
    data: { type: 'data-privacy-deletion-job', attributes: { profile: profileBody({ email: 'c@b.dev' }) } },
  });
  const relationships = { profiles: { data: [{ type: 'profile', id: other.id }] } };
  await client.post('/api/profile-merge', { data: { type: 'profile-merge', id, relationships } });
  return seen;
}

function identity({ email, phone_number }: { email: string; phone_number: string }): object {
  return { email, phone_number, channels: ['email', 'sms'] };
}

test('the walk meets every operation and all succeed', async () => {
  const seen = await walkThrough();

  expect(
    seen.filter(({ status }) => (status ?? 500) >= 300).map(({ path, response }) => [path, response]),
  ).toEqual([]);
  const met = new Set(seen.map(({ operation }) => operation));
  const expected = OPERATIONS.map(({ id }) => id).filter((id) => id !== 'createBackInStock');
  expect(expected.filter((id) => !met.has(id))).toEqual([]);
});

describe('against the OpenAPI that Klaviyo publishes', () => {
  if (contract === null) {
    test('answers are as published', (context) => context.skip(NO_CONTRACT));
    return;
  }

  test('every answer of the local Klaviyo is as published', async () => {
    const seen = await walkThrough();

    const troubles = seen
      .filter(({ operation }) => !BESIDE_THE_CONTRACT.includes(operation ?? ''))
      .flatMap((request) => contract.responseTroubles(request));
    expect(troubles).toEqual([]);
  });

  test('what the local Klaviyo accepts is valid as published, also when unknown members are errors', async () => {
    const seen = await walkThrough();

    expect(seen.flatMap((request) => contract.requestTroubles(request, { strict: false }))).toEqual([]);
    expect(seen.flatMap((request) => contract.requestTroubles(request, { strict: true }))).toEqual([]);
  });

  test('a misspelt member is found by the strict reading only, and a wrong type by both', async () => {
    const seen: SeenRequest[] = [];
    await using klaviyo = await startLocalKlaviyo({ onRequest: (request) => seen.push(request) });
    const client = clientOf(klaviyo);
    await client.post('/api/profile-import', profileBody({ email: 'a@b.dev', firstName: 'Ann' }));
    await client.post('/api/profile-import', profileBody({ email: 7 }));
    const troubles = (index: number, strict: boolean) => {
      const request = seen[index];
      return request === undefined ? 0 : contract.requestTroubles(request, { strict }).length;
    };

    expect(seen.map(({ status }) => status)).toEqual([400, 400]);
    expect(seen.flatMap((request) => contract.responseTroubles(request))).toEqual([]);
    expect(troubles(0, false)).toBe(0);
    expect(troubles(0, true)).toBeGreaterThan(0);
    expect(troubles(1, false)).toBeGreaterThan(0);
  });

  test('limits and scopes of every operation are those of the published file', async () => {
    const troubles = OPERATIONS.filter(({ id }) => id !== 'createBackInStock').flatMap((operation) =>
      contract.termsTroubles(operation),
    );

    expect(troubles).toEqual([]);
  });
});
