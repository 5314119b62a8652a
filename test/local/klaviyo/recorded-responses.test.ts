import { describe, expect, test } from 'vitest';
import { startLocalKlaviyo, type LocalKlaviyo } from '#workers/local/klaviyo/server.ts';
import {
  clientOf,
  createClock,
  createList,
  eventBody,
  eventGroupsBody,
  importBody,
  profileBody,
  subscribeBody,
  type Client,
  type Reply,
} from './client.ts';
import { differences, NOT_THERE, recordedAnswers, shapeDifferences } from './recorded.ts';

const answers = recordedAnswers();

type Scene = { klaviyo: LocalKlaviyo; client: Client };

/** How to bring the local Klaviyo to the same answer, by the name of the recording. */
const scenes: Record<string, (scene: Scene) => Promise<Reply>> = {
  'get_accounts.401': ({ klaviyo }) => clientOf(klaviyo, 'pk_wrong').get('/api/accounts'),
  'missing_scheme.401 (community thread 7403)': ({ client }) =>
    client.get('/api/accounts', { authorization: 'pk_local' }),
  'missing_scope.403 (two independent repos)': ({ klaviyo }) =>
    clientOf(klaviyo, 'pk_reader').post('/api/events', eventBody({ email: 'a@threadline.dev' })),
  'get_accounts.429': async ({ client }) => {
    await client.get('/api/accounts');
    return client.get('/api/accounts');
  },
  'get_profile.404': async ({ client }) => {
    await client.get('/api/profiles/NOPE01');
    await client.get('/api/profiles/NOPE01');
    return client.get('/api/profiles/NOPE01');
  },
  'create_profile.409': async ({ client }) => {
    await client.post('/api/profiles', profileBody({ email: 'a@threadline.dev' }));
    return client.post('/api/profiles', profileBody({ email: 'a@threadline.dev' }));
  },
  'invalid_email.400 (klaviyo-swift-sdk fixtures)': ({ client }) =>
    client.post('/api/profiles', profileBody({ email: 'nobody' })),
  'invalid_phone.400 (klaviyo-swift-sdk fixtures)': ({ client }) =>
    client.post('/api/profiles', profileBody({ phone_number: '0400' })),
  'subscribe_region.400 (nickdnk unit test of a real rejection)': ({ client }) => {
    const people = ['+61412345678', '+61412345679', '+819012345678'].map((phone) => ({
      phone_number: phone,
      channels: ['sms'],
    }));
    return client.post('/api/profile-subscription-bulk-create-jobs', subscribeBody(people));
  },
  'add_to_list_bad_ids.400 (segment action-destinations tests)': async ({ klaviyo, client }) => {
    const list = await createList(klaviyo, 'Newsletter');
    return client.post(`/api/lists/${list}/relationships/profiles`, {
      data: [{ type: 'profile', id: 'XYZABD' }],
    });
  },
  'bulk_import_profiles.202': async ({ klaviyo, client }) => {
    const list = await createList(klaviyo, 'Newsletter');
    return client.post('/api/profile-bulk-import-jobs', importBody([{ email: 'a@threadline.dev' }], [list]));
  },
  'get_errors_for_bulk_import_profiles_job.200': async ({ client }) => {
    const job = await client.post(
      '/api/profile-bulk-import-jobs',
      importBody([{ email: 'a@threadline.dev' }]),
    );
    return client.get(`/api/profile-bulk-import-jobs/${job.body.data.id}/import-errors?page[size]=10`);
  },
  'bulk_suppress_profiles.202': ({ client }) => {
    const data = [{ type: 'profile', attributes: { email: 'a@threadline.dev' } }];
    const type = 'profile-suppression-bulk-create-job';
    return client.post(`/api/${type}s`, { data: { type, attributes: { profiles: { data } } } });
  },
  'bulk_create_events.202': ({ client }) =>
    client.post(
      '/api/event-bulk-create-jobs',
      eventGroupsBody([{ profile: { email: 'a@b.dev' }, events: [{}] }]),
    ),
  'create_list.201': ({ client }) =>
    client.post('/api/lists', { data: { type: 'list', attributes: { name: 'n' } } }),
  'merge_profiles.202': async ({ client }) => {
    const target = await client.post('/api/profiles', profileBody({ email: 'a@threadline.dev' }));
    const source = await client.post('/api/profiles', profileBody({ email: 'b@threadline.dev' }));
    const profiles = { data: [{ type: 'profile', id: source.body.data.id }] };
    const data = { type: 'profile-merge', id: target.body.data.id, relationships: { profiles } };
    return client.post('/api/profile-merge', { data });
  },
};

describe('answers recorded at the real Klaviyo', () => {
  if (answers === null) {
    test('agree with the local one', (context) => context.skip(NOT_THERE));
    return;
  }
  const names = Object.keys(answers).filter((name) => !name.startsWith('_') && !name.startsWith('profile.'));

  test.each(names)('%s looks the same here', async (name) => {
    const clock = createClock();
    const reader = { key: 'pk_reader', scopes: ['profiles:read'] };
    await using klaviyo = await startLocalKlaviyo({
      clock: clock.now,
      accounts: [{ id: 'ACC', keys: [{ key: 'pk_local' }, reader] }],
    });
    const scene = scenes[name];
    const reply = await scene?.({ klaviyo, client: clientOf(klaviyo) });

    expect(reply && differences(answers[name] ?? { status: 0 }, reply)).toEqual([]);
  });

  test('the consent block of a person who was never subscribed looks the same here', async () => {
    await using klaviyo = await startLocalKlaviyo();
    const client = clientOf(klaviyo);
    await client.post('/api/profiles', profileBody({ email: 'a@threadline.dev' }));

    const reply = await client.get('/api/profiles?additional-fields[profile]=subscriptions');

    const block = reply.body.data[0]?.attributes.subscriptions;
    const recorded = answers['profile.subscriptions.never_subscribed'];
    expect(shapeDifferences(recorded, block, '')).toEqual([]);
    expect(block).toEqual(recorded);
  });
});
