import type { Account, Profile } from './account.ts';
import type { Answer, Call } from './call.ts';
import { ownersOf, profileById } from './identity.ts';
import { listJson, listsOf, profileJson } from './profile-json.ts';
import { matchesFilters, pageOf, pageSize, readFilters, selfLink, type FilterRules } from './query.ts';
import { invalidParameter, notFound } from './refusal.ts';

const TIME_OPERATORS = ['greater-or-equal', 'greater-than', 'less-or-equal', 'less-than'];

const FILTERS: FilterRules = {
  id: ['any', 'equals'],
  email: ['any', 'equals'],
  phone_number: ['any', 'equals'],
  external_id: ['any', 'equals'],
  created: ['greater-than', 'less-than'],
  updated: ['greater-than', 'less-than'],
  'subscriptions.email.marketing.suppression.reason': ['equals'],
  'subscriptions.email.marketing.suppression.timestamp': TIME_OPERATORS,
  'subscriptions.email.marketing.list_suppressions.reason': ['equals'],
  'subscriptions.email.marketing.list_suppressions.timestamp': TIME_OPERATORS,
  'subscriptions.email.marketing.list_suppressions.list_id': ['equals'],
};

const SUPPRESSED = 'subscriptions.email.marketing.suppression.timestamp';
const LIST_SUPPRESSED = 'subscriptions.email.marketing.list_suppressions.timestamp';
const SORTS = ['created', 'email', 'id', 'updated', SUPPRESSED, LIST_SUPPRESSED];

/** GET /api/profiles/{id}. */
export function getOne(call: Call): Answer {
  return oneProfile(call, 200, profileOf(call));
}

/** GET /api/profiles, filtered and paged. */
export function getMany(call: Call): Answer {
  const filters = readFilters(call, FILTERS).map((filter) =>
    filter.field === 'email'
      ? { ...filter, values: filter.values.map((value) => value.toLowerCase()) }
      : filter,
  );
  const size = pageSize(call, { max: 100, usual: 20 });
  const source = sortProfiles(call, indexed(call.account, filters) ?? call.account.profiles);
  const page = pageOf(call, source, size, (profile) => {
    return !profile.isGone && matchesProfile(profile, filters);
  });
  const data = page.items.map((profile) => profileJson(call, profile));
  return { status: 200, body: { data, links: page.links } };
}

/** GET /api/profiles/{id}/lists. */
export function getLists(call: Call): Answer {
  const data = listsOf(call.account, profileOf(call)).map((list) => listJson(call, list));
  return { status: 200, body: { data, links: { self: selfLink(call), next: null, prev: null } } };
}

/** The profile of the path's id; throws the 404. */
export function profileOf(call: Call): Profile {
  const id = call.params.id ?? '';
  const profile = profileById(call.account, id);
  if (profile === undefined) {
    throw notFound(`A profile with id ${id} does not exist.`);
  }
  return profile;
}

/** An answer with one profile; `skipsPhone` sets the header of a partial failure. */
export function oneProfile(call: Call, status: number, profile: Profile, skipsPhone = false): Answer {
  const body = { data: profileJson(call, profile), links: { self: selfLink(call) } };
  return { status, body, headers: skipsPhone ? { 'X-Klaviyo-Partial-Failure': 'phone_number' } : {} };
}

/** The few profiles that an equals or any filter on an identifier can mean; null when the account must be walked. */
function indexed(account: Account, filters: { field: string; values: string[] }[]): Profile[] | null {
  const filter = filters.find(({ field }) => ['id', 'email', 'phone_number', 'external_id'].includes(field));
  if (filter === undefined) {
    return null;
  }
  const found = filter.values.flatMap((value) => ownersOf(account, { [filter.field]: value }));
  return found.filter((profile, index) => found.indexOf(profile) === index);
}

/** Filters on suppressions hold together when one suppression fits them all. */
function matchesProfile(profile: Profile, filters: Parameters<typeof matchesFilters>[0]): boolean {
  const [plain, ofSuppression, ofList] = [
    filters.filter(({ field }) => !field.includes('suppression')),
    filters.filter(({ field }) => field.includes('.suppression.')),
    filters.filter(({ field }) => field.includes('.list_suppressions.')),
  ];
  const { suppressions = [], listSuppressions = [] } = profile.consent ?? {};
  return (
    matchesFilters(plain, (field) => fieldOf(profile, field)) &&
    (ofSuppression.length === 0 ||
      suppressions.some((one) =>
        matchesFilters(ofSuppression, (field) => (field.endsWith('.reason') ? one.reason : one.at)),
      )) &&
    (ofList.length === 0 ||
      listSuppressions.some((one) =>
        matchesFilters(ofList, (field) =>
          field.endsWith('.reason') ? one.reason : field.endsWith('.list_id') ? one.list : one.at,
        ),
      ))
  );
}

function sortProfiles(call: Call, profiles: Profile[]): Profile[] {
  const sort = call.query.get('sort');
  const field = sort?.replace(/^-/, '') ?? 'created';
  if (!SORTS.includes(field)) {
    throw invalidParameter('sort', `'${sort}' is not a valid value for 'sort'.`);
  }
  if (sort === null || sort === 'created' || sort === 'id') {
    return profiles;
  }
  const sign = sort.startsWith('-') ? -1 : 1;
  return [...profiles].sort((a, b) => {
    const [left, right] = [fieldOf(a, field) ?? '', fieldOf(b, field) ?? ''];
    return left < right ? -sign : left > right ? sign : 0;
  });
}

function fieldOf(profile: Profile, field: string): string | number | null {
  switch (field) {
    case 'created':
      return profile.createdAt;
    case 'updated':
      return profile.updatedAt;
    case 'email':
      return profile.email;
    case 'phone_number':
      return profile.phone_number;
    case 'external_id':
      return profile.external_id;
    case SUPPRESSED:
      return latestOf(profile.consent?.suppressions);
    case LIST_SUPPRESSED:
      return latestOf(profile.consent?.listSuppressions);
    default:
      return profile.id;
  }
}

function latestOf(suppressions: readonly { at: number }[] | undefined): number | null {
  return suppressions === undefined || suppressions.length === 0
    ? null
    : Math.max(...suppressions.map(({ at }) => at));
}
