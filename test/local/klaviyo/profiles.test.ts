import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, personIn, profileBody } from './client.ts';

const PHONE = '+61412345678';

test('creating a person that exists answers 409 and changes nothing', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const first = await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }));

  const reply = await client.post('/api/profiles', profileBody({ email: 'a@b.dev', first_name: 'Ann' }));

  expect(reply.status).toBe(409);
  expect(reply.body.errors[0]?.meta).toEqual({ duplicate_profile_id: first.body.data.id });
  expect(personIn(klaviyo, 'a@b.dev')?.properties).toEqual({});
});

test('null clears a field of a single upsert and what is left out stays', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const properties = { tier: 'gold', store: 'SYD' };
  const location = { city: 'Sydney', country: 'Australia' };
  await client.post(
    '/api/profile-import',
    profileBody({ email: 'a@b.dev', phone_number: PHONE, title: 'Dr', location, properties }),
  );

  const changes = {
    phone_number: null,
    title: null,
    location: { city: null },
    properties: { tier: null, points: 3 },
  };
  const reply = await client.post('/api/profile-import', profileBody({ email: 'a@b.dev', ...changes }));

  expect(reply.body.data.attributes).toMatchObject({
    phone_number: null,
    title: null,
    location: { city: null, country: 'Australia' },
    properties: { store: 'SYD', points: 3 },
  });
  expect(reply.body.data.attributes.properties).not.toHaveProperty('tier');
  const freed = await client.post('/api/profiles', profileBody({ phone_number: PHONE }));
  expect(freed.status).toBe(201);
});

test('properties can be appended to, taken out of and unset by one name or several', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const properties = { skus: ['1', '2'], brand: 'A', one: 1, two: 2, three: 3 };
  await client.post('/api/profile-import', profileBody({ email: 'a@b.dev', properties }));
  const patch = (patch_properties: object) =>
    client.post('/api/profile-import', profileBody({ email: 'a@b.dev' }, { meta: { patch_properties } }));

  await patch({ append: { skus: '3', brand: 'B' }, unappend: { skus: '1' }, unset: 'one' });
  const reply = await patch({ unset: ['two', 'three', 'four'] });

  expect(reply.body.data.attributes.properties).toEqual({ skus: ['2', '3'], brand: ['A', 'B'] });
});

test('a malformed phone number beside a valid e-mail is dropped with a header when creating, alone it is refused', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  const both = await client.post(
    '/api/profiles',
    profileBody({ email: 'a@b.dev', phone_number: '0412 345 678' }),
  );
  const alone = await client.post('/api/profiles', profileBody({ phone_number: '0412 345 678' }));
  const upsert = await client.post(
    '/api/profile-import',
    profileBody({ email: 'a@b.dev', phone_number: '0412' }),
  );

  expect(both.status).toBe(201);
  expect(both.headers.get('x-klaviyo-partial-failure')).toBe('phone_number');
  expect(both.body.data.attributes.phone_number).toBeNull();
  for (const reply of [alone, upsert]) {
    expect(reply.status).toBe(400);
    expect(reply.body.errors[0]).toMatchObject({
      detail: 'Invalid phone number format (Example of a valid format: +12345678901)',
      source: { pointer: '/data/attributes/phone_number' },
    });
  }
});

test.each(['', 'nobody', 'a@b', 'a b@c.dev', 'a@b..dev', '.a@b.dev', 'ä@b.dev', `${'a'.repeat(95)}@b.dev`])(
  'the e-mail %j is invalid',
  async (email) => {
    await using klaviyo = await startLocalKlaviyo();

    const reply = await clientOf(klaviyo).post('/api/profiles', profileBody({ email }));

    expect(reply.status).toBe(400);
    expect(reply.body.errors[0]).toMatchObject({
      detail: 'Invalid email address',
      source: { pointer: '/data/attributes/email' },
    });
  },
);

test.each(["o'neil+x@b-c.co.uk", 'a_b.c@xn--80ak6aa92e.com', '1@2.museum'])(
  'the e-mail %j is valid',
  async (email) => {
    await using klaviyo = await startLocalKlaviyo();

    expect((await clientOf(klaviyo).post('/api/profiles', profileBody({ email }))).status).toBe(201);
  },
);

test('a profile without any identifier is refused', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo).post('/api/profile-import', profileBody({ first_name: 'Ann' }));

  expect(reply.status).toBe(400);
  expect(reply.body.errors[0]?.source.pointer).toBe('/data/attributes');
});

test('an external id has at most 255 characters', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const send = (length: number) =>
    clientOf(klaviyo).post('/api/profile-import', profileBody({ external_id: 'x'.repeat(length) }));

  expect((await send(255)).status).toBe(201);
  expect((await send(256)).body.errors[0]?.source.pointer).toBe('/data/attributes/external_id');
});

test('an unknown attribute is an error with its pointer, except inside properties', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);

  const reply = await client.post(
    '/api/profile-import',
    profileBody({
      email: 'a@b.dev',
      firstName: 'Ann',
      location: { town: 'X' },
      properties: { anything: { goes: 1 } },
    }),
  );

  expect(reply.status).toBe(400);
  expect(reply.body.errors.map(({ detail, source }) => [source.pointer, detail])).toEqual([
    ['/data/attributes/firstName', "'firstName' is not a valid field for the resource 'profile'."],
    ['/data/attributes/location/town', "'town' is not a valid field for the resource 'location'."],
  ]);
  await client.post('/_switches', { strictUnknown: false });
  const lenient = await client.post(
    '/api/profile-import',
    profileBody({ email: 'a@b.dev', firstName: 'Ann' }),
  );
  expect(lenient.status).toBe(201);
});

test('anonymous_id is known only to revisions before 2026', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const body = profileBody({ email: 'a@b.dev', anonymous_id: null });
  const send = (revision: string) => clientOf(klaviyo).post('/api/profile-import', body, { revision });

  expect((await send('2025-10-15')).status).toBe(201);
  expect((await send('2026-01-15')).status).toBe(400);
});

test('the body of an update names the id of its address', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const { id } = (await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }))).body.data;

  expect((await client.patch(`/api/profiles/${id}`, profileBody({ title: 'Dr' }, { id }))).status).toBe(200);
  expect((await client.patch(`/api/profiles/${id}`, profileBody({ title: 'Dr' }, { id: 'X' }))).status).toBe(
    400,
  );
  expect(
    (await client.patch('/api/profiles/none', profileBody({ title: 'Dr' }, { id: 'none' }))).status,
  ).toBe(404);
});

test('a deletion names exactly one identifier and happens later', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const client = clientOf(klaviyo);
  await client.post('/api/profiles', profileBody({ email: 'a@b.dev', phone_number: PHONE }));
  const request = (attributes: object) =>
    client.post('/api/data-privacy-deletion-jobs', {
      data: { type: 'data-privacy-deletion-job', attributes: { profile: profileBody(attributes) } },
    });

  expect((await request({ email: 'a@b.dev', phone_number: PHONE })).status).toBe(400);
  expect((await request({})).status).toBe(400);
  const reply = await request({ email: 'A@b.dev' });
  expect([reply.status, reply.body]).toEqual([202, null]);
  expect(klaviyo.state().accounts[0]?.counts.profiles).toBe(1);
  clock.pass(1000);
  expect(klaviyo.state().accounts[0]?.counts.profiles).toBe(0);
  expect((await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }))).status).toBe(201);
});
