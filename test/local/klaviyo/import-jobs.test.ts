import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import {
  clientOf,
  createClock,
  createList,
  importAll,
  importBody,
  JOBS,
  personIn,
  profileBody,
  subscribeBody,
} from './client.ts';

test('a job is queued, then processed, then complete, and its people arrive only then', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now, jobDurationMs: 10_000 });
  const client = clientOf(klaviyo);
  const accepted = await client.post(JOBS, importBody([{ email: 'a@b.dev' }, { email: 'b@b.dev' }]));
  const { id } = accepted.body.data;
  const states: unknown[] = [];
  for (let second = 0; second < 16; second += 1) {
    const { attributes } = (await client.get(`${JOBS}/${id}`)).body.data;
    states.push(attributes.status);
    if (attributes.status !== 'complete') {
      expect(attributes).toMatchObject({ completed_count: 0, completed_at: null });
      expect(klaviyo.state().accounts[0]?.counts.profiles).toBe(0);
    }
    clock.pass(1000);
  }

  expect(accepted.body.data.attributes).toMatchObject({
    status: 'queued',
    total_count: 2,
    completed_count: 0,
    failed_count: 0,
    started_at: null,
    completed_at: null,
    created_at: '2026-09-04T13:40:00+00:00',
    expires_at: '2026-09-11T13:40:00+00:00',
  });
  expect([...new Set(states)]).toEqual(['queued', 'processing', 'complete']);
  expect((await client.get(`${JOBS}/${id}`)).body.data.attributes).toMatchObject({
    completed_count: 2,
    failed_count: 0,
  });
  const imported = await client.get(`${JOBS}/${id}/profiles`);
  expect(imported.body.data.map(({ attributes }) => attributes.email)).toEqual(['a@b.dev', 'b@b.dev']);
});

test('a job is forgotten after seven days', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now });
  const client = clientOf(klaviyo);
  const { id } = (await client.post(JOBS, importBody([{ email: 'a@b.dev' }]))).body.data;

  clock.pass(7 * 86_400_000 - 1);
  expect((await client.get(`${JOBS}/${id}`)).status).toBe(200);
  clock.pass(1);
  expect((await client.get(`${JOBS}/${id}`)).status).toBe(404);
  expect((await client.get(`${JOBS}/${id}/import-errors`)).status).toBe(404);
  expect((await client.get(JOBS)).body.data).toEqual([]);
});

test('a job takes 10,000 profiles and not one more', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const people = Array.from({ length: 10_001 }, (_, index) => ({ external_id: `c${index}` }));

  const refused = await clientOf(klaviyo).post(JOBS, importBody(people));
  const { job } = await importAll(klaviyo, importBody(people.slice(1)));

  expect(refused.status).toBe(400);
  expect(refused.body.errors[0]?.source.pointer).toBe('/data/attributes/profiles/data');
  expect(job.body.data.attributes).toMatchObject({ status: 'complete', completed_count: 10_000 });
  expect((await clientOf(klaviyo).post(JOBS, importBody([]))).status).toBe(400);
});

test('a list that does not exist refuses the request without naming a profile', async () => {
  await using klaviyo = await startLocalKlaviyo();

  const reply = await clientOf(klaviyo).post(JOBS, importBody([{ email: 'a@b.dev' }], ['NOLIST']));

  expect(reply.status).toBe(400);
  expect(reply.body.errors[0]).toMatchObject({
    detail: 'List not found with id NOLIST.',
    source: { pointer: '/data/relationships/lists/data/0/id' },
  });
});

test('an import merges properties, joins the lists and never touches consent', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const list = await createList(klaviyo, 'Retail');
  await client.post(
    '/api/profiles',
    profileBody({ email: 'a@b.dev', title: 'Dr', properties: { tier: 1, old: 2 } }),
  );
  await client.post(
    '/api/profile-subscription-bulk-create-jobs',
    subscribeBody([{ email: 'a@b.dev' }], { list }),
  );
  klaviyo.settle();
  const before = personIn(klaviyo, 'a@b.dev');

  await importAll(
    klaviyo,
    importBody(
      [
        {
          attributes: { email: 'A@b.dev', first_name: 'Ann', properties: { tier: 3 } },
          meta: { patch_properties: { unset: 'old', append: { skus: '9' } } },
        },
        { email: 'b@b.dev' },
      ],
      [list],
    ),
  );

  expect(personIn(klaviyo, 'a@b.dev')).toMatchObject({
    id: before?.id,
    first_name: 'Ann',
    title: 'Dr',
    properties: { tier: 3, skus: ['9'] },
    consent: before?.consent,
    lists: ['Retail'],
  });
  expect(personIn(klaviyo, 'a@b.dev')?.properties).not.toHaveProperty('old');
  expect(personIn(klaviyo, 'b@b.dev')).toMatchObject({
    lists: ['Retail'],
    consent: { email: { consent: 'NEVER_SUBSCRIBED' } },
  });
});

test('jobs are listed newest first, by status and in pages', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({ clock: clock.now, jobDurationMs: 10_000 });
  const client = clientOf(klaviyo);
  const ids: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    ids.push((await client.post(JOBS, importBody([{ external_id: `c${index}` }]))).body.data.id);
    clock.pass(20_000);
  }
  ids.push((await client.post(JOBS, importBody([{ external_id: 'c4' }]))).body.data.id);
  const listed = async (query: string) =>
    (await client.get(`${JOBS}?${query}`)).body.data.map(({ id }) => id);

  expect(await listed('')).toEqual([...ids].reverse());
  expect(await listed('sort=created_at')).toEqual(ids);
  expect(await listed('filter=any(status,["queued","processing"])')).toEqual([ids[3]]);
  expect(await listed("filter=equals(status,'complete')")).toEqual([ids[2], ids[1], ids[0]]);
  const first = await client.get(`${JOBS}?page[size]=3`);
  expect((await client.get(first.body.links.next ?? '')).body.data.map(({ id }) => id)).toEqual([ids[0]]);
});

test('the list of jobs may lag behind by a switch', async () => {
  const clock = createClock();
  await using klaviyo = await startLocalKlaviyo({
    clock: clock.now,
    jobDurationMs: 100,
    switches: { jobListLagMs: 5000 },
  });
  const client = clientOf(klaviyo);
  const { id } = (await client.post(JOBS, importBody([{ email: 'a@b.dev' }]))).body.data;

  clock.pass(1000);
  expect((await client.get(JOBS)).body.data).toEqual([]);
  expect((await client.get(`${JOBS}/${id}`)).body.data.attributes.status).toBe('complete');
  clock.pass(4001);
  expect((await client.get(JOBS)).body.data[0]?.attributes.status).toBe('queued');
});

test('a job can include its lists', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const list = await createList(klaviyo, 'Retail');
  const client = clientOf(klaviyo);
  const { id } = (await client.post(JOBS, importBody([{ email: 'a@b.dev' }], [list]))).body.data;

  const reply = await client.get(`${JOBS}/${id}?include=lists`);

  expect(reply.body.included.map(({ attributes }) => attributes.name)).toEqual(['Retail']);
});

test('a request body that the caller still holds is not changed by later imports', async () => {
  const seen: unknown[] = [];
  await using klaviyo = await startLocalKlaviyo({ onRequest: ({ body }) => seen.push(body) });
  await importAll(klaviyo, importBody([{ email: 'a@b.dev', properties: { tier: 1 } }]));
  const before = JSON.stringify(seen[0]);

  await importAll(klaviyo, importBody([{ email: 'a@b.dev', properties: { tier: 2 } }]));

  expect(JSON.stringify(seen[0])).toBe(before);
  expect(personIn(klaviyo, 'a@b.dev')?.properties).toEqual({ tier: 2 });
});
