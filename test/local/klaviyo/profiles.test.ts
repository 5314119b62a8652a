import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, createClock, personIn, profileBody } from './client.ts';

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

test('people are found by any identifier, also case-insensitively, one by one or several at once', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const people = [
    { email: 'a+1@b.dev', external_id: 'c1' },
    { email: 'b@b.dev', phone_number: PHONE },
    { email: 'c@b.dev' },
  ];
  for (const person of people) {
    await client.post('/api/profiles', profileBody(person));
  }
  const found = async (filter: string) => {
    const reply = await client.get(`/api/profiles?filter=${encodeURIComponent(filter)}`);
    return reply.body.data.map(({ attributes }) => attributes.email);
  };

  expect(await found('equals(email,"A+1@B.dev")')).toEqual(['a+1@b.dev']);
  expect(await found(`any(email,["c@b.dev","a+1@b.dev","none@b.dev"])`)).toEqual(['c@b.dev', 'a+1@b.dev']);
  expect(await found(`equals(phone_number,"${PHONE}")`)).toEqual(['b@b.dev']);
  expect(await found("any(external_id,['c1','c2'])")).toEqual(['a+1@b.dev']);
  expect(await found('and(equals(email,"a+1@b.dev"),equals(external_id,"c2"))')).toEqual([]);
  const id = (await client.get('/api/profiles?page[size]=1')).body.data[0]?.id;
  expect(await found(`equals(id,"${id}")`)).toEqual(['a+1@b.dev']);
});

test.each(['equals(shoe_size,"9")', 'less-than(email,"a")', 'equals(email', 'email eq "a"'])(
  'the filter %s is refused by its parameter',
  async (filter) => {
    await using klaviyo = await startLocalKlaviyo();

    const reply = await clientOf(klaviyo).get(`/api/profiles?filter=${encodeURIComponent(filter)}`);

    expect(reply.status).toBe(400);
    expect(reply.body.errors[0]?.source).toEqual({ parameter: 'filter' });
  },
);

test('pages follow one another by the link of the answer and meet everybody once', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  for (let index = 0; index < 7; index += 1) {
    await client.post('/api/profiles', profileBody({ external_id: `c${index}` }));
  }
  const seen: unknown[] = [];
  let path: string | null = '/api/profiles?page[size]=3&fields[profile]=external_id';
  while (path !== null) {
    const { body } = await client.get(path);
    expect(body.data.length).toBeLessThanOrEqual(3);
    seen.push(...body.data.map(({ attributes }) => attributes));
    path = body.links.next;
  }

  expect(seen).toEqual(Array.from({ length: 7 }, (_, index) => ({ external_id: `c${index}` })));
  expect((await client.get('/api/profiles?page[size]=101')).status).toBe(400);
  expect((await client.get('/api/profiles?page[cursor]=nonsense')).status).toBe(400);
});

test('consent is shown only when it is asked for', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const { id } = (await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }))).body.data;

  const plain = await client.get(`/api/profiles/${id}`);
  const full = await client.get(`/api/profiles/${id}?additional-fields[profile]=subscriptions`);

  expect(plain.body.data.attributes).not.toHaveProperty('subscriptions');
  expect(full.body.data.attributes).toHaveProperty(
    'subscriptions.email.marketing.consent',
    'NEVER_SUBSCRIBED',
  );
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
