import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, importAll, importBody, JOBS, personIn, profileBody } from './client.ts';

const PHONE = '+61412345678';

test('one malformed e-mail or phone number refuses the whole request, with one error per offender', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo).post(
    JOBS,
    importBody([
      { email: 'a@b.dev' },
      { email: 'nobody' },
      { email: 'c@b.dev', phone_number: '0412345678' },
      { email: 'd@b.dev', first_name: 7 },
    ]),
  );

  // The shape is looked at before the values.
  expect(reply.status).toBe(400);
  expect(reply.body.errors.map(({ source }) => source.pointer)).toEqual([
    '/data/attributes/profiles/data/3/attributes/first_name',
  ]);
  const values = await clientOf(klaviyo).post(
    JOBS,
    importBody([{ email: 'a@b.dev' }, { email: 'nobody' }, { email: 'c@b.dev', phone_number: '0412345678' }]),
  );
  expect(values.body.errors.map(({ detail, source }) => [source.pointer, detail])).toEqual([
    ['/data/attributes/profiles/data/1/attributes/email', 'Invalid email address'],
    [
      '/data/attributes/profiles/data/2/attributes/phone_number',
      'Invalid phone number format (Example of a valid format: +12345678901)',
    ],
  ]);
  klaviyo.settle();
  expect(klaviyo.state().accounts[0]?.counts).toMatchObject({ profiles: 0, jobs: 0 });
});

test.each([
  ['leaves the field alone', {}, 'Dr'],
  ['clears it with the switch', { nullInImport: 'clear' as const }, null],
])('a null in an import %s', async (_, switches, title) => {
  await using klaviyo = await startLocalKlaviyo({ switches });
  await clientOf(klaviyo).post('/api/profiles', profileBody({ email: 'a@b.dev', title: 'Dr' }));

  await importAll(klaviyo, importBody([{ email: 'a@b.dev', title: null, properties: { x: null } }]));

  expect(personIn(klaviyo, 'a@b.dev')).toMatchObject({ title, properties: {} });
});

test('a null in an import is refused with the other switch', async () => {
  await using klaviyo = await startLocalKlaviyo({ switches: { rejectNullInImport: true } });

  const reply = await clientOf(klaviyo).post(
    JOBS,
    importBody([{ email: 'a@b.dev', title: null, properties: { x: null } }]),
  );

  expect(reply.body.errors.map(({ source }) => source.pointer)).toEqual([
    '/data/attributes/profiles/data/0/attributes/title',
    '/data/attributes/profiles/data/0/attributes/properties/x',
  ]);
});

test('people that cannot be imported end up in the errors of the job with what was sent', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  await client.post('/api/profiles', profileBody({ email: 'a@b.dev' }));
  await client.post('/api/profiles', profileBody({ phone_number: PHONE }));
  const huge = { email: 'huge@b.dev', properties: { text: 'x'.repeat(100_000) } };

  const { job, errors } = await importAll(
    klaviyo,
    importBody([
      { email: 'good@b.dev' },
      huge,
      { first_name: 'Nobody' },
      { email: 'a@b.dev', phone_number: PHONE },
      { email: 'twice@b.dev', first_name: 'First' },
      { email: 'Twice@b.dev', first_name: 'Second' },
      { attributes: { first_name: 'X' }, id: 'NOBODY' },
    ]),
  );

  expect(job.body.data.attributes).toMatchObject({ total_count: 7, completed_count: 2, failed_count: 5 });
  expect(errors.body.data.map(({ attributes }) => attributes.code)).toEqual([
    'invalid',
    'invalid',
    'duplicate_profile',
    'duplicate_profile',
    'not_found',
  ]);
  expect(errors.body.data[0]).toMatchObject({
    type: 'import-error',
    attributes: {
      title: 'Invalid input.',
      source: { pointer: '/data' },
      original_payload: { type: 'profile', attributes: huge },
    },
  });
  expect(personIn(klaviyo, 'twice@b.dev')).toMatchObject({ first_name: 'First' });
  expect(personIn(klaviyo, 'a@b.dev')?.phone_number).toBeNull();
});

test('the errors of a job come in pages of at most 100', async () => {
  await using klaviyo = await startLocalKlaviyo({
    limits: 'off',
    switches: { originalPayload: 'attributes' },
  });
  const client = clientOf(klaviyo);
  const people = Array.from({ length: 250 }, (_, index) => ({ first_name: `Nobody ${index}` }));
  const { id } = (await client.post(JOBS, importBody(people))).body.data;
  klaviyo.settle();
  const names: unknown[] = [];
  let path: string | null = `${JOBS}/${id}/import-errors?page[size]=100`;
  while (path !== null) {
    const { body } = await client.get(path);
    names.push(...body.data.map(({ attributes }) => attributes.original_payload));
    path = body.links.next;
  }

  expect(names).toEqual(people);
  expect((await client.get(`${JOBS}/${id}/import-errors`)).body.data).toHaveLength(20);
  expect((await client.get(`${JOBS}/${id}/import-errors?page[size]=101`)).status).toBe(400);
});
