import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, createList, personIn, profileBody } from './client.ts';

test('a list is created and found by its name, whole pages of ten at a time', async () => {
  await using klaviyo = await startLocalKlaviyo({ limits: 'off' });
  const client = clientOf(klaviyo);
  const ids: string[] = [];
  for (let index = 0; index < 12; index += 1) {
    ids.push(await createList(klaviyo, `List ${index}`));
  }
  const names = async (query: string) =>
    (await client.get(`/api/lists?${query}`)).body.data.map(({ attributes }) => attributes.name);

  expect(await names('filter=equals(name,"List 3")')).toEqual(['List 3']);
  expect(await names("filter=equals(name,['List 4'])")).toEqual(['List 4']);
  expect(await names('filter=any(name,["List 3","List 11","List"])')).toEqual(['List 3', 'List 11']);
  expect(await names(`filter=equals(id,"${ids[5]}")`)).toEqual(['List 5']);
  expect((await names('sort=-name'))[0]).toBe('List 9');
  const first = await client.get('/api/lists');
  const second = await client.get(first.body.links.next ?? '');
  expect([first.body.data.length, second.body.data.length]).toEqual([10, 2]);
  expect(second.body.links.next).toBeNull();
  expect((await client.get('/api/lists?page[size]=11')).status).toBe(400);
});

test('a list needs a name and a known opt-in process', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const create = (attributes: object) =>
    clientOf(klaviyo).post('/api/lists', { data: { type: 'list', attributes } });

  expect((await create({ name: '' })).status).toBe(400);
  expect((await create({ name: 'A', opt_in_process: 'triple' })).status).toBe(400);
  const reply = await create({ name: 'A', opt_in_process: 'double_opt_in' });
  expect([reply.status, reply.body.data.attributes.opt_in_process]).toEqual([201, 'double_opt_in']);
});

test('people are put into a list and taken out by id, without any change of consent', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const list = await createList(klaviyo, 'Retail');
  const { id } = (await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }))).body.data;
  const path = `/api/lists/${list}/relationships/profiles`;
  const members = { data: [{ type: 'profile', id }] };

  expect((await client.post(path, members)).status).toBe(204);
  expect((await client.get(path)).body.data).toEqual([{ type: 'profile', id }]);
  const shown = (await client.get(`/api/lists/${list}/profiles?filter=equals(email,"A@b.dev")`)).body.data;
  expect(shown[0]?.attributes).toMatchObject({ email: 'a@b.dev', joined_group_at: expect.any(String) });
  expect((await client.get(`/api/profiles/${id}/lists`)).body.data[0]?.id).toBe(list);
  const counted = await client.get(`/api/lists/${list}?additional-fields[list]=profile_count`);
  expect(counted.body.data.attributes.profile_count).toBe(1);
  expect(personIn(klaviyo, 'a@b.dev')?.consent.email.consent).toBe('NEVER_SUBSCRIBED');
  expect((await client.send('DELETE', path, members)).status).toBe(204);
  expect((await client.get(path)).body.data).toEqual([]);
});

test('a list takes 1,000 ids at once and no e-mails', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const list = await createList(klaviyo, 'Retail');
  const path = `/api/lists/${list}/relationships/profiles`;
  const ids = Array.from({ length: 1001 }, () => ({ type: 'profile', id: 'X' }));

  expect((await client.post(path, { data: ids })).body.errors[0]?.source.pointer).toBe('/data');
  const byEmail = await client.post(path, { data: [{ type: 'profile', attributes: { email: 'a@b.dev' } }] });
  expect(byEmail.status).toBe(400);
  expect((await client.post('/api/lists/NOLIST/relationships/profiles', { data: [] })).status).toBe(404);
});

const suppression = (kind: string, emails: string[], relationships?: object) => {
  const data = emails.map((email) => ({ type: 'profile', attributes: { email } }));
  return {
    data: {
      type: `profile-suppression-bulk-${kind}-job`,
      attributes: emails.length === 0 ? {} : { profiles: { data } },
      ...(relationships === undefined ? {} : { relationships }),
    },
  };
};
const SUPPRESS = '/api/profile-suppression-bulk-create-jobs';
const UNSUPPRESS = '/api/profile-suppression-bulk-delete-jobs';

test('suppressing makes unknown people, skips those who are, and leaves consent alone', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const client = clientOf(klaviyo);
  await client.post('/_suppress', { email: 'a@b.dev' });
  await client.post('/_subscribe', { email: 'b@b.dev' });

  const job = await client.post(SUPPRESS, suppression('create', ['a@b.dev', 'b@b.dev', 'new@b.dev']));
  expect(job.status).toBe(202);
  expect(job.body.data.attributes).toMatchObject({
    status: 'processing',
    total_count: 3,
    completed_at: null,
  });
  clock.pass(100);

  const done = await client.get(`${SUPPRESS}/${job.body.data.id}`);
  expect(done.body.data.attributes).toMatchObject({
    status: 'complete',
    completed_count: 2,
    skipped_count: 1,
  });
  expect(personIn(klaviyo, 'b@b.dev')).toMatchObject({
    consent: { email: { consent: 'SUBSCRIBED' } },
    suppression: ['USER_SUPPRESSED'],
  });
  expect(personIn(klaviyo, 'new@b.dev')?.suppression).toEqual(['USER_SUPPRESSED']);
  expect((await client.get(SUPPRESS)).body.data).toHaveLength(1);
  expect((await client.get(`${SUPPRESS}?page[size]=10`)).status).toBe(400);
});

test('unsuppressing lifts only what an operator has set', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  await client.post('/_suppress', { email: 'a@b.dev' });
  await client.post('/_suppress', { email: 'a@b.dev', reason: 'HARD_BOUNCE' });
  await client.post('/_unsubscribe', { email: 'a@b.dev' });

  const job = await client.post(UNSUPPRESS, suppression('delete', ['a@b.dev', 'none@b.dev']));
  klaviyo.settle();

  expect(personIn(klaviyo, 'a@b.dev')?.suppression).toEqual(['HARD_BOUNCE', 'UNSUBSCRIBE']);
  expect(personIn(klaviyo, 'none@b.dev')).toBeUndefined();
  const done = await client.get(`${UNSUPPRESS}/${job.body.data.id}`);
  expect(done.body.data.attributes).toMatchObject({ completed_count: 1, skipped_count: 1 });
});

test('a suppression names people, a list or a segment, and only one of them', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const list = { list: { data: { type: 'list', id: await createList(klaviyo, 'Retail') } } };
  const segment = { segment: { data: { type: 'segment', id: 'NOSEGMENT' } } };
  const emails = Array.from({ length: 101 }, (_, index) => `p${index}@b.dev`);

  expect((await client.post(SUPPRESS, suppression('create', []))).status).toBe(400);
  expect((await client.post(SUPPRESS, suppression('create', ['a@b.dev'], list))).status).toBe(400);
  expect((await client.post(SUPPRESS, suppression('create', [], segment))).status).toBe(400);
  expect((await client.post(SUPPRESS, suppression('create', [], list))).status).toBe(202);
  expect((await client.post(SUPPRESS, suppression('create', emails))).status).toBe(400);
  const malformed = await client.post(SUPPRESS, suppression('create', ['a@b.dev', 'nobody']));
  expect(malformed.body.errors[0]?.source.pointer).toBe('/data/attributes/profiles/data/1/attributes/email');
});

test('the account of the key says its name, currency and time zone', async () => {
  await using klaviyo = await startLocalKlaviyo({
    accounts: [
      { id: 'NZ1', name: 'Kiwi', keys: [{ key: 'pk_nz' }], timezone: 'Pacific/Auckland', currency: 'NZD' },
    ],
  });

  const reply = await clientOf(klaviyo, 'pk_nz').get('/api/accounts');

  expect(reply.body.data).toHaveLength(1);
  expect(reply.body.data[0]).toMatchObject({
    id: 'NZ1',
    attributes: {
      contact_information: { organization_name: 'Kiwi' },
      timezone: 'Pacific/Auckland',
      preferred_currency: 'NZD',
    },
  });
});
