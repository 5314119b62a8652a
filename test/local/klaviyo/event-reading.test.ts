import { expect, test } from 'vitest';
import { startLocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import { clientOf, eventGroupsBody, personIn } from './client.ts';

const BULK = '/api/event-bulk-create-jobs';
const ANN = { email: 'ann@b.dev' };

test('events are read back by person, metric and time, with what was sent', async () => {
  await using klaviyo = await startLocalKlaviyo();
  const client = clientOf(klaviyo);
  const at = (day: number) => `2026-01-0${day}T00:00:00Z`;
  await client.post(
    BULK,
    eventGroupsBody([
      {
        profile: ANN,
        events: [
          { unique_id: '1', time: at(1), value: 5 },
          { unique_id: '2', time: at(3) },
        ],
      },
      {
        profile: { email: 'bob@b.dev' },
        events: [{ unique_id: '3', time: at(2), metric: metric('Returned') }],
      },
    ]),
  );
  const ids = async (query: string) => {
    const { body } = await client.get(`/api/events?${query}`);
    return body.data.map(
      ({ attributes }) => (attributes.event_properties as { $event_id: string }).$event_id,
    );
  };
  const ann = personIn(klaviyo, 'ann@b.dev')?.id;
  const metrics = (await client.get('/api/metrics')).body.data;

  expect(await ids('')).toEqual(['1', '2', '3']);
  expect(await ids('sort=-datetime')).toEqual(['2', '3', '1']);
  expect(await ids(`filter=equals(profile_id,"${ann}")`)).toEqual(['1', '2']);
  expect(await ids(`filter=equals(metric_id,"${metrics[1]?.id}")`)).toEqual(['3']);
  expect(await ids(`filter=greater-than(datetime,${at(1)}),less-than(datetime,${at(3)})`)).toEqual(['3']);
  const reply = await client.get('/api/events?include=profile,metric&page[size]=1');
  expect(reply.body.data[0]?.attributes).toMatchObject({
    timestamp: Date.parse(at(1)) / 1000,
    datetime: '2026-01-01T00:00:00+00:00',
    event_properties: { $value: 5 },
  });
  expect(reply.body.included.map(({ type }) => type)).toEqual(['profile', 'metric']);
  const { id } = reply.body.data[0] ?? { id: '' };
  expect((await client.get(`/api/events/${id}`)).body.data.id).toBe(id);
  expect((await client.get('/api/events/none')).status).toBe(404);
});

function metric(name: string): object {
  return { data: { type: 'metric', attributes: { name } } };
}
