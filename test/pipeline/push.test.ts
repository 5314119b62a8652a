import { expect, test } from 'vitest';
import type { KlaviyoAnswer, KlaviyoRequest } from '#app/domain/ports/klaviyo.ts';
import { syncShop } from '#app/pipeline/sync-shop.ts';
import { customersCsv, ordersCsv, people } from '#test/builders/exports.ts';
import { shown } from '#test/builders/shown.ts';
import { createWorld, type World } from '#test/builders/world.ts';

const DAY = (day: string) => `/pending/au/customers_202601${day}T200000Z.csv`;
const SKIP_PERTH = `mappings:
  - { scope: customer, target: skip, rules: [{ when: { column: CITY, is: equals, value: Perth }, template: 'lives too far away' }] }
`;

type Next = (request: KlaviyoRequest) => Promise<KlaviyoAnswer>;

/** Stands between the push and Klaviyo: answers itself, or passes on. */
function intercept(
  world: World,
  answer: (request: KlaviyoRequest, next: Next) => Promise<KlaviyoAnswer>,
): void {
  const connect = world.ctx.klaviyo.connect.bind(world.ctx.klaviyo);
  world.ctx.klaviyo.connect = (key) => {
    const client = connect(key);
    const next = client.send.bind(client);
    return { ...client, counts: () => client.counts(), send: (request) => answer(request, next) };
  };
}

function answered(body: unknown, status = 200): KlaviyoAnswer {
  return { outcome: 'answered', status, headers: {}, body } as KlaviyoAnswer;
}

/** Ends the pass, as a kill would, while its import job is still under way. */
async function syncUntilJobIsOpen(world: World): Promise<void> {
  const sleep = world.ctx.clock.sleep;
  world.ctx.clock.sleep = () => Promise.reject(new Error('killed'));
  await world.sync();
  world.ctx.clock.sleep = sleep;
  const [batch] = await world.ctx.db.sql('SELECT status FROM push_batch');
  expect(batch).toEqual({ status: 'accepted' });
}

/** All jobs end with this error for the profile of person 1. */
function failFirst(
  world: World,
  error: { code: string; detail: string },
  original: object,
  until: () => boolean,
): void {
  intercept(world, async (request, next) => {
    const answer = await next(request);
    if (!until() || answer.outcome !== 'answered') {
      return answer;
    }
    if (request.operation === 'listImportJobs' || request.operation === 'getImportJob') {
      const { data } = answer.body as { data: object[] };
      return answered({
        data: data.map((job) => ({
          ...job,
          attributes: { ...(job as { attributes: object }).attributes, failed_count: 1 },
        })),
      });
    }
    return request.operation === 'getImportErrors'
      ? answered({
          data: [
            {
              type: 'import-error',
              attributes: { ...error, title: error.detail, original_payload: original },
            },
          ],
          links: { next: null },
        })
      : answer;
  });
}

test('requests that leave at once create a list once', async () => {
  await using world = await createWorld({
    connection: '    list: Retail Customers\n    batchSize: 5',
    klaviyo: { latencyMs: 30 },
  });
  world.put(DAY('05'), customersCsv(people(30)));

  await world.sync();

  expect(world.klaviyo.state().accounts[0]?.lists.map((list) => list.name)).toEqual(['Retail Customers']);
});

test('errors of an import job that cannot be read leave the job open', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(3)));
  let isReadable = false;
  failFirst(
    world,
    { code: 'invalid', detail: 'Too large.' },
    { attributes: { external_id: '1' } },
    () => isReadable,
  );
  intercept(world, async (request, next) => {
    const answer = await next(request);
    if (isReadable || answer.outcome !== 'answered') {
      return answer;
    }
    if (request.operation === 'listImportJobs') {
      const { data } = answer.body as { data: { attributes: object }[] };
      return answered({
        data: data.map((job) => ({ ...job, attributes: { ...job.attributes, failed_count: 1 } })),
      });
    }
    return request.operation === 'getImportErrors'
      ? answered({ errors: [{ code: 'not_found', detail: 'No.' }] }, 404)
      : answer;
  });

  const unread = await world.sync();
  isReadable = true;
  const read = await world.sync();

  expect(unread.status.connections[0]?.records.customers).toMatchObject({ synced: 0, sending: 3 });
  expect(unread.passes[0]?.problems).toHaveLength(1);
  expect(read.status.connections[0]?.records.customers).toMatchObject({ synced: 2, failed: 1 });
});

test('a failure that a job counts and gives no error for is found, and nobody else fails for it', async () => {
  await using world = await createWorld();
  const jobs = new Set<string>();
  intercept(world, async (request, next) => {
    const answer = await next(request);
    if (answer.outcome !== 'answered') {
      return answer;
    }
    if (request.operation === 'importProfiles' && String(request.body).includes('"person2@')) {
      jobs.add((answer.body as { data: { id: string } }).data.id);
    }
    if (request.operation === 'listImportJobs') {
      const { data } = answer.body as { data: { id: string; attributes: object }[] };
      return answered({
        data: data.map((job) => ({
          ...job,
          attributes: { ...job.attributes, failed_count: jobs.has(job.id) ? 1 : 0 },
        })),
      });
    }
    return answer;
  });
  world.put(DAY('05'), customersCsv(people(3)));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2, failed: 1 });
  expect((await shown(world, 'customers', '2')).page.standing).toMatch(
    /^Klaviyo did not import this profile and gives no reason\. Retry it/,
  );
});

test('a row that was corrected while its old state was refused goes out', async () => {
  await using world = await createWorld({ klaviyo: { jobDurationMs: 2_000 } });
  world.put(DAY('05'), customersCsv(people(2)));
  await syncUntilJobIsOpen(world);
  world.klaviyo.settle();
  let jobs = 0;
  failFirst(
    world,
    { code: 'invalid', detail: 'Too large.' },
    { attributes: { external_id: '1' } },
    () => jobs === 0,
  );
  intercept(world, async (request, next) => {
    jobs += request.operation === 'importProfiles' ? 1 : 0;
    return next(request);
  });
  world.put(DAY('06'), customersCsv(people(2, 1, (id) => ({ CITY: id === 1 ? 'Hobart' : 'Sydney' }))));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2, failed: 0 });
  expect(
    world.klaviyo
      .state()
      .accounts[0]?.profiles.map((profile) => profile.location?.city)
      .sort(),
  ).toEqual(['Hobart', 'Sydney']);
});

test.each([
  ['an error that names nobody', { code: 'invalid', detail: 'Too large.' }, {}],
  [
    'a conflict',
    { code: 'duplicate_profile', detail: 'A profile already exists.' },
    { attributes: { external_id: '1' } },
  ],
])('a person whom a rule skips meanwhile does not stay under way after %s', async (_, error, original) => {
  await using world = await createWorld({ extra: SKIP_PERTH, klaviyo: { jobDurationMs: 2_000 } });
  world.put(DAY('05'), customersCsv(people(4)));
  await syncUntilJobIsOpen(world);
  world.klaviyo.settle();
  let jobs = 0;
  failFirst(world, error, original, () => jobs === 0);
  intercept(world, async (request, next) => {
    jobs += request.operation === 'importProfiles' ? 1 : 0;
    return next(request);
  });
  world.put(DAY('06'), customersCsv(people(4, 1, (id) => ({ CITY: id === 1 ? 'Perth' : 'Sydney' }))));

  const { status, passes } = await world.sync();

  expect(passes.flatMap((pass) => pass.problems)).toEqual([]);
  expect(status.connections[0]?.records.customers).toMatchObject({ total: 4, synced: 3, skipped: 1 });
});

test('profiles that go singly join a list that was made anew', async () => {
  await using world = await createWorld({
    extra: `mappings:
  - { scope: customer, target: location.city, blank: clear, rules: [{ template: '{{ CITY }}' }] }
`,
  });
  world.put(DAY('05'), customersCsv(people(1, 1, () => ({ CITY: '' }))));
  await world.sync();
  await world.ctx.db.sql(`UPDATE connection SET list_ids = jsonb_build_object('Retail Customers', 'GONE99')`);
  world.put(DAY('06'), customersCsv(people(2, 1, () => ({ CITY: '' }))));

  const { status } = await world.sync();

  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2 });
  expect(world.klaviyo.state().accounts[0]?.profiles.map((profile) => profile.lists)).toEqual([
    ['Retail Customers'],
    ['Retail Customers'],
  ]);
});

test('after an error nothing goes on being sent behind the pass', async () => {
  await using world = await createWorld({ klaviyo: { latencyMs: 5 } });
  world.put(DAY('05'), customersCsv(people(1)));
  await world.sync();
  const lines = Array.from({ length: 60 }, (_, index) => ({
    ORDER_ID: `O${index}`,
    PERIDX: '1',
    LINE_ID: `L${index}`,
  }));
  world.put('/pending/au/orders_20260105T203000Z.csv', ordersCsv(lines));
  let singles = 0;
  let isOver = false;
  let late = 0;
  intercept(world, async (request, next) => {
    late += isOver ? 1 : 0;
    if (request.operation === 'createEvents') {
      return { outcome: 'ambiguous', reason: 'reset' } as KlaviyoAnswer;
    }
    if (request.operation === 'createEvent') {
      singles += 1;
      return singles === 3 ? answered({ errors: [] }, 401) : next(request);
    }
    return next(request);
  });

  const { status } = await world.sync();
  isOver = true;
  await new Promise((resolve) => setTimeout(resolve, 300));

  expect(status.connections[0]?.records.orders.total).toBe(60);
  expect(late).toBe(0);
});

test('a consent call that was taken, and whose outcome the database would not note, is not sent again', async () => {
  await using world = await createWorld({
    klaviyo: { processingDelayMs: 900 },
    settings: { consentSettleMs: 4_000 },
  });
  world.put(DAY('05'), customersCsv(people(2)));
  const transaction = world.ctx.db.transaction;
  let isBroken = true;
  world.ctx.db.transaction = (name, work) => {
    if (isBroken && name === 'consent done') {
      isBroken = false;
      return Promise.reject(new Error('the connection to the database broke'));
    }
    return transaction(name, work);
  };
  const broken = await syncShop(world.ctx, world.shopId, {});

  const { status } = await world.sync();

  expect(broken[0]?.problems).toHaveLength(1);
  expect(status.connections[0]?.records.customers).toMatchObject({ synced: 2 });
  expect(world.klaviyo.state().accounts[0]?.consentCalls).toHaveLength(2);
});

test('a pass that ends with an error still tells what it sent', async () => {
  await using world = await createWorld();
  world.put(DAY('05'), customersCsv(people(2)));
  intercept(world, (request, next) =>
    request.operation === 'subscribe' ? Promise.resolve(answered({ errors: [] }, 401)) : next(request),
  );

  const { passes } = await world.sync();

  expect(passes[0]).toMatchObject({
    problems: [{ code: 'klaviyo_key_refused' }],
    requests: { profileImport: 1 },
    sent: { profiles: 2 },
  });
});
