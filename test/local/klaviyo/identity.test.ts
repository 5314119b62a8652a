import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, profileBody } from './client.ts';

const PHONE = '+61412345678';

test('create-or-update answers 201 for a new person and 200 for a known one', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  const first = await client.post(
    '/api/profile-import',
    profileBody({ email: 'Ann@b.dev', first_name: 'Ann' }),
  );
  const second = await client.post(
    '/api/profile-import',
    profileBody({ email: 'ann@B.dev', last_name: 'Lee' }),
  );

  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body.data.id).toBe(first.body.data.id);
  expect(second.body.data.attributes).toMatchObject({
    email: 'ann@b.dev',
    first_name: 'Ann',
    last_name: 'Lee',
  });
});

test('an id decides over an external id, that over an e-mail, and that over a phone number', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const create = async (attributes: object) =>
    (await client.post('/api/profiles', profileBody(attributes))).body.data.id;
  const external = await create({ external_id: 'c1' });
  const email = await create({ email: 'a@b.dev' });

  const byId = await client.post('/api/profile-import', profileBody({ first_name: 'I' }, { id: email }));
  const byExternal = await client.post(
    '/api/profile-import',
    profileBody({ external_id: 'c1', phone_number: PHONE }),
  );
  const byEmail = await client.post('/api/profile-import', profileBody({ email: 'a@b.dev', title: 'Dr' }));

  expect(byId.body.data.id).toBe(email);
  expect(byExternal.body.data.id).toBe(external);
  expect(byEmail.body.data.id).toBe(email);
});

test('identifiers of two people conflict and the answer names the other one', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const email = await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }));
  const phone = await client.post('/api/profiles', profileBody({ phone_number: PHONE }));
  const both = { email: 'a@b.dev', phone_number: PHONE };

  const upsert = await client.post('/api/profile-import', profileBody(both));
  const id = email.body.data.id;
  const update = await client.patch(`/api/profiles/${id}`, profileBody({ phone_number: PHONE }, { id }));

  for (const reply of [upsert, update]) {
    expect(reply.status).toBe(409);
    expect(reply.body.errors[0]).toMatchObject({
      code: 'duplicate_profile',
      source: { pointer: '/data/attributes' },
      meta: { duplicate_profile_id: phone.body.data.id },
    });
  }
});

test('an id beside the e-mail of somebody else does not exist, oddly', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }));
  const { id } = (await client.post('/api/profiles', profileBody({ email: 'b@b.dev' }))).body.data;

  const reply = await client.post('/api/profile-import', profileBody({ email: 'A@b.dev' }, { id }));

  expect(reply.status).toBe(404);
  expect(reply.body.errors[0]?.detail).toBe(`A profile with id ${id} does not exist.`);
});

test('merging moves everything later and the old id keeps pointing at the person', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const client = clientOf(klaviyo);
  const target = (await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }))).body.data.id;
  const source = (await client.post('/api/profiles', profileBody({ phone_number: PHONE }))).body.data.id;
  const relationships = { profiles: { data: [{ type: 'profile', id: source }] } };

  const reply = await client.post('/api/profile-merge', {
    data: { type: 'profile-merge', id: target, relationships },
  });

  expect(reply.status).toBe(202);
  expect(klaviyo.state().accounts[0]?.counts.profiles).toBe(2);
  clock.pass(1000);
  expect(klaviyo.state().accounts[0]?.counts.profiles).toBe(1);
  expect((await client.get(`/api/profiles/${source}`)).body.data.attributes).toMatchObject({
    email: 'a@b.dev',
    phone_number: PHONE,
  });
});
