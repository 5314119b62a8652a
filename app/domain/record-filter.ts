import { RECORD_STATUSES, type RecordKind, type RecordStatus } from './records.ts';

export const RECORD_TABS = ['all', 'pending', 'waiting', 'failed', 'synced', 'skipped', 'held'] as const;
export type RecordTab = (typeof RECORD_TABS)[number];

/** How far back "changed since" looks, in days. */
export const SINCE_DAYS = [1, 7, 30] as const;
export type SinceDays = (typeof SINCE_DAYS)[number];

export const RECORD_SORTS = ['changed-desc', 'changed-asc', 'placed-desc', 'placed-asc'] as const;
export type RecordSort = (typeof RECORD_SORTS)[number];

/** What a list of records shows. It lives in the address of the page: tab, search, filters and sort. */
export type RecordFilter = {
  tab: RecordTab;
  /** An id, or how an e-mail address or a number begins; '' = no search. */
  search: string;
  connectionId: string | null;
  since: SinceDays | null;
  /** Cause of failed records (`reason.code`); only on the tab of failed ones. */
  code: string | null;
  /** Only what this import brought. */
  runId: string | null;
  sort: RecordSort;
};

/** Where a record stands in a filter's order: which part of it, its sort key as text, and its id. */
export type RecordPlace = { segment: number; key: string; id: string };

/** A page of a list: what comes after a place or before it; null = the first page. */
export type RecordCursor = { direction: 'after' | 'before'; place: RecordPlace } | null;

/** What the list is ordered by: in a search the text that matched, in a run the line of the file, else what was chosen. */
export type RecordOrder = { by: 'changed' | 'placed' | 'line' | 'match'; isDescending: boolean };

export const NO_FILTER: RecordFilter = {
  tab: 'all',
  search: '',
  connectionId: null,
  since: null,
  code: null,
  runId: null,
  sort: 'changed-desc',
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LONGEST_SEARCH = 200;

/**
 * Reads a filter from the parameters of an address. What is not understood is left out, so every address shows something;
 * so is what does not go together: a cause belongs to failed records, and a run is read in the order of its file.
 */
export function parseRecordFilter(kind: RecordKind, parameters: URLSearchParams): RecordFilter {
  const tab = tabOf(parameters.get('status'));
  const runId = uuidOf(parameters.get('run'));
  const days = SINCE_DAYS.find((one) => String(one) === parameters.get('since')) ?? null;
  const sort = RECORD_SORTS.find((one) => one === parameters.get('sort')) ?? NO_FILTER.sort;
  const code = plain(parameters.get('code'));
  const filter: RecordFilter = {
    tab,
    search: plain(parameters.get('q')),
    connectionId: uuidOf(parameters.get('connection')),
    since: runId === null ? days : null,
    code: tab === 'failed' && code !== '' ? code : null,
    runId,
    sort,
  };
  return { ...filter, sort: sortsOf(kind, filter).includes(sort) ? sort : NO_FILTER.sort };
}

/** The parameters of a filter; what is as usual is left out. `parseRecordFilter` reads the same filter from them. */
export function recordFilterParameters(filter: RecordFilter): URLSearchParams {
  const parameters = new URLSearchParams();
  const given: [string, string | null][] = [
    ['status', filter.tab === NO_FILTER.tab ? null : filter.tab],
    ['q', filter.search === '' ? null : filter.search],
    ['connection', filter.connectionId],
    ['since', filter.since === null ? null : String(filter.since)],
    ['code', filter.code],
    ['run', filter.runId],
    ['sort', filter.sort === NO_FILTER.sort ? null : filter.sort],
  ];
  for (const [name, value] of given) {
    if (value !== null) {
      parameters.set(name, value);
    }
  }
  return parameters;
}

/** Address of the list with this filter, on the page of the cursor. */
export function recordsPath(kind: RecordKind, filter: RecordFilter, cursor: RecordCursor = null): string {
  const parameters = recordFilterParameters(filter);
  if (cursor !== null) {
    const { segment, id, key } = cursor.place;
    parameters.set(cursor.direction, `${segment}~${id}~${key}`);
  }
  return withQuery(`/app/records/${kind}`, parameters);
}

/** Address of one record, with the filter that it was found by: its page leads on to the next one of the list. */
export function recordPath(kind: RecordKind, id: string, filter: RecordFilter): string {
  return withQuery(`/app/records/${kind}/${id}`, recordFilterParameters(filter));
}

function withQuery(path: string, parameters: URLSearchParams): string {
  const query = parameters.toString();
  return query === '' ? path : `${path}?${query}`;
}

/** Reads which page of a list an address means. A cursor that is not understood is the first page. */
export function parseRecordCursor(parameters: URLSearchParams): RecordCursor {
  for (const direction of ['after', 'before'] as const) {
    const [, segment, id, key] = /^(\d)~([^~]+)~(.*)$/s.exec(parameters.get(direction) ?? '') ?? [];
    if (segment !== undefined && id !== undefined && key !== undefined && UUID.test(id)) {
      return { direction, place: { segment: Number(segment), id, key: plain(key) } };
    }
  }
  return null;
}

/** The statuses of a tab. What travels just now counts as pending: it is on its way for a moment only. */
export function statusesOf(tab: RecordTab): readonly RecordStatus[] {
  if (tab === 'all') {
    return RECORD_STATUSES;
  }
  return tab === 'pending' ? ['pending', 'sending'] : [tab];
}

export function orderOf(filter: RecordFilter): RecordOrder {
  if (filter.search !== '') {
    return { by: 'match', isDescending: false };
  }
  if (filter.runId !== null) {
    return { by: 'line', isDescending: false };
  }
  return {
    by: filter.sort.startsWith('placed') ? 'placed' : 'changed',
    isDescending: filter.sort.endsWith('desc'),
  };
}

/**
 * The sorts that may be chosen, none where the order is given. By placing time only where nothing narrows the list by other
 * means: no index has both, and a page that reads a whole table would keep everybody waiting.
 */
export function sortsOf(kind: RecordKind, filter: RecordFilter): readonly RecordSort[] {
  if (filter.search !== '' || filter.runId !== null) {
    return [];
  }
  const isPlaced = kind !== 'customers' && filter.since === null && filter.code === null;
  return RECORD_SORTS.filter((sort) => isPlaced || sort.startsWith('changed'));
}

/** True when more than the tab and the connection narrow the list: its number is not known without counting. */
export function isUncounted(filter: RecordFilter): boolean {
  return filter.search !== '' || filter.since !== null || filter.code !== null || filter.runId !== null;
}

function tabOf(text: string | null): RecordTab {
  return text === 'sending' ? 'pending' : (RECORD_TABS.find((tab) => tab === text) ?? NO_FILTER.tab);
}

function uuidOf(text: string | null): string | null {
  return text !== null && UUID.test(text) ? text.toLowerCase() : null;
}

/** PostgreSQL takes no NUL; a person types no control characters. */
function plain(text: string | null): string {
  return (text ?? '')
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, LONGEST_SEARCH);
}
