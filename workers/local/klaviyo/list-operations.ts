import type { List, Profile } from './account.ts';
import { emptyAnswer, type Answer, type Call } from './call.ts';
import { ownersOf, profileById } from './identity.ts';
import { listJson, profileJson } from './profile-json.ts';
import { reference } from './profile-shape.ts';
import { randomLetters } from './random.ts';
import { matchesFilters, pageOf, pageSize, readFilters, readNames, selfLink } from './query.ts';
import { invalid, notFound, refused } from './refusal.ts';
import { assertShape, items, optional, required, resource, text } from './shape.ts';
import { isoTime } from './values.ts';

const TIMES = ['greater-or-equal', 'greater-than', 'less-or-equal', 'less-than'];
const MEMBER_FILTERS = {
  email: ['any', 'equals'],
  phone_number: ['any', 'equals'],
  joined_group_at: TIMES,
};

const createShape = resource('request-data', {
  data: required(
    resource('list', {
      type: required(text({ oneOf: ['list'] })),
      attributes: required(
        resource('list', {
          name: required(text({ min: 1 })),
          opt_in_process: optional(text({ nullable: true, oneOf: ['double_opt_in', 'single_opt_in'] })),
        }),
      ),
    }),
  ),
});

/** POST /api/lists: without an opt-in process the account's own is used. Names may repeat. */
export function createList(call: Call): Answer {
  assertShape(createShape, call.body, call.service.switches.strictUnknown);
  const { name, opt_in_process: process } = (
    call.body as { data: { attributes: { name: string; opt_in_process?: string | null } } }
  ).data.attributes;
  if (call.account.lists.size >= call.account.mostLists) {
    // How the real one words it is not published.
    throw refused(
      400,
      'invalid',
      'Invalid input.',
      `The account has reached the limit of ${call.account.mostLists} lists.`,
    );
  }
  const optIn = process ? (process === 'double_opt_in' ? 'double' : 'single') : call.account.optIn;
  const { now } = call;
  const id = randomLetters(call.service.random, 6);
  const list: List = { id, name, optIn, createdAt: now, updatedAt: now, members: new Map() };
  call.account.lists.set(list.id, list);
  const { relationships: _, ...data } = listJson(call, list) as Record<string, unknown>;
  return { status: 201, body: { data, links: { self: selfLink(call) } } };
}

/** GET /api/lists: at most 10 a page. */
export function getLists(call: Call): Answer {
  const filters = readFilters(call, {
    name: ['any', 'equals'],
    id: ['any', 'equals'],
    created: ['greater-than'],
    updated: ['greater-than'],
  });
  const size = pageSize(call, { max: 10, usual: 10 });
  const page = pageOf(call, sorted(call), size, (list) =>
    matchesFilters(filters, (field) => fieldOf(list, field)),
  );
  return { status: 200, body: { data: page.items.map((list) => listJson(call, list)), links: page.links } };
}

/** GET /api/lists/{id}. */
export function getList(call: Call): Answer {
  const list = listOf(call);
  const isCounted = readNames(call, 'additional-fields[list]', ['profile_count']).length > 0;
  const data = listJson(call, list, isCounted ? { profile_count: list.members.size } : {});
  return { status: 200, body: { data, links: { self: selfLink(call) } } };
}

/** GET /api/lists/{id}/profiles. */
export function getMembers(call: Call): Answer {
  const { list, page } = memberPage(call);
  const data = page.items.map((profile) =>
    profileJson(call, profile, { joined_group_at: isoTime(list.members.get(profile) ?? call.now) }),
  );
  return { status: 200, body: { data, links: page.links } };
}

/** GET /api/lists/{id}/relationships/profiles. */
export function getMemberIds(call: Call): Answer {
  const { page } = memberPage(call);
  const data = page.items.map(({ id }) => ({ type: 'profile', id }));
  return { status: 200, body: { data, links: page.links } };
}

/** POST /api/lists/{id}/relationships/profiles: membership without consent. */
export function addMembers(call: Call): Answer {
  const { list, profiles } = readMembers(call);
  for (const profile of profiles) {
    list.members.set(profile, list.members.get(profile) ?? call.now);
  }
  return emptyAnswer(204);
}

/** DELETE /api/lists/{id}/relationships/profiles: consent stays. */
export function removeMembers(call: Call): Answer {
  const { list, profiles } = readMembers(call);
  profiles.forEach((profile) => list.members.delete(profile));
  return emptyAnswer(204);
}

const membersShape = resource('request-data', {
  data: required(items(reference('profile'), { min: 1, max: 1_000, of: 'profiles' })),
});

function readMembers(call: Call): { list: List; profiles: Profile[] } {
  const list = listOf(call);
  assertShape(membersShape, call.body, call.service.switches.strictUnknown);
  const ids = (call.body as { data: { id: string }[] }).data.map(({ id }) => id);
  const wrong = ids.filter((id) => profileById(call.account, id) === undefined);
  if (wrong.length > 0) {
    throw refused(400, 'invalid', 'Invalid input.', `Invalid profile IDs: ${wrong.join(', ')}`);
  }
  return { list, profiles: ids.flatMap((id) => profileById(call.account, id) ?? []) };
}

function memberPage(call: Call) {
  const list = listOf(call);
  const filters = readFilters(call, MEMBER_FILTERS).map((filter) =>
    filter.field === 'email'
      ? { ...filter, values: filter.values.map((value) => value.toLowerCase()) }
      : filter,
  );
  const named = filters.find(({ field }) => field === 'email' || field === 'phone_number');
  const source =
    named === undefined
      ? [...list.members.keys()]
      : named.values
          .flatMap((value) => ownersOf(call.account, { [named.field]: value }))
          .filter((profile) => list.members.has(profile));
  const size = pageSize(call, { max: 100, usual: 20 });
  const page = pageOf(call, source, size, (profile) =>
    matchesFilters(filters, (field) => {
      if (field === 'joined_group_at') {
        return list.members.get(profile) ?? null;
      }
      return field === 'email' ? profile.email : profile.phone_number;
    }),
  );
  return { list, page };
}

/** Klaviyo's wording, with the id in backticks here and without them for profiles. */
function listOf(call: Call): List {
  const id = call.params.id ?? '';
  const list = call.account.lists.get(id);
  if (list === undefined) {
    throw notFound(`A list with id \`${id}\` does not exist.`);
  }
  return list;
}

function sorted(call: Call): List[] {
  const lists = [...call.account.lists.values()];
  const sort = call.query.get('sort');
  if (sort === null) {
    return lists;
  }
  const field = sort.replace(/^-/, '');
  if (!['created', 'id', 'name', 'updated'].includes(field)) {
    throw invalid([{ pointer: '/data', detail: `'${sort}' is not a valid sort.` }]);
  }
  const sign = sort.startsWith('-') ? -1 : 1;
  return lists.sort((a, b) => {
    const [left, right] = [fieldOf(a, field), fieldOf(b, field)];
    return left < right ? -sign : left > right ? sign : 0;
  });
}

function fieldOf(list: List, field: string): string | number {
  switch (field) {
    case 'name':
      return list.name;
    case 'created':
      return list.createdAt;
    case 'updated':
      return list.updatedAt;
    default:
      return list.id;
  }
}
