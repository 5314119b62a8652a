import { createBackInStock, getAccounts } from './account-operations.ts';
import type { Answer, Call } from './call.ts';
import { subscribeProfiles, unsubscribeProfiles } from './consent-operations.ts';
import { createEvent, createEvents } from './event-operations.ts';
import { getEvent, getEvents, getMetric, getMetrics } from './event-reading.ts';
import { createJob, getImportErrors, getJob, getJobProfiles, getJobs } from './import-operations.ts';
import {
  addMembers,
  createList,
  getList,
  getLists,
  getMemberIds,
  getMembers,
  removeMembers,
} from './list-operations.ts';
import { createOne, createOrUpdate, update } from './profile-operations.ts';
import { getLists as getListsOfProfile, getMany, getOne } from './profile-reading.ts';
import { merge, requestDeletion } from './profile-removal.ts';
import type { RateLimit } from './rate-windows.ts';
import {
  getSuppressionJob,
  getSuppressionJobs,
  suppressProfiles,
  unsuppressProfiles,
} from './suppression-operations.ts';

export type Operation = {
  /** Name in state and reports. */
  id: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  limits: RateLimit[];
  scopes: string[];
  /** Names of query parameters beside `fields[…]`. */
  query: string[];
  /** Bytes; without it the account-wide limit of bodies. */
  bodyLimit?: number;
  handle(call: Call): Answer;
};

/** Sizes of Klaviyo's limits: requests in a second and in a minute. */
const TIERS = {
  XS: [1, 15],
  half: [3, 60],
  M: [10, 150],
  L: [75, 750],
  XL: [350, 3500],
} as const;
export const DAY_SECONDS = 86_400;
const PROFILE_BYTES = 100_000;

const PAGES = ['page[cursor]', 'page[size]'];
const MORE = ['additional-fields[profile]'];

/** Every operation with its limits and scopes (revision 2026-07-15). */
export const OPERATIONS: Operation[] = [
  on('getAccounts', 'GET /api/accounts', 'XS', 'accounts:read', [], getAccounts),
  on(
    'importProfiles',
    'POST /api/profile-bulk-import-jobs',
    'M',
    'lists:write profiles:write',
    [],
    createJob,
  ),
  on(
    'listImportJobs',
    'GET /api/profile-bulk-import-jobs',
    'M',
    'lists:read profiles:read',
    ['filter', 'sort', ...PAGES],
    getJobs,
  ),
  on(
    'getImportJob',
    'GET /api/profile-bulk-import-jobs/{id}',
    'M',
    'lists:read profiles:read',
    ['include'],
    getJob,
  ),
  on(
    'getImportErrors',
    'GET /api/profile-bulk-import-jobs/{id}/import-errors',
    'M',
    'profiles:read',
    PAGES,
    getImportErrors,
  ),
  on(
    'getImportedProfiles',
    'GET /api/profile-bulk-import-jobs/{id}/profiles',
    'M',
    'profiles:read',
    [...PAGES, ...MORE],
    getJobProfiles,
  ),
  {
    ...on('upsertProfile', 'POST /api/profile-import', 'L', 'profiles:write', MORE, createOrUpdate),
    bodyLimit: PROFILE_BYTES,
  },
  {
    ...on('createProfile', 'POST /api/profiles', 'L', 'profiles:write', MORE, createOne),
    bodyLimit: PROFILE_BYTES,
  },
  {
    ...on('updateProfile', 'PATCH /api/profiles/{id}', 'L', 'profiles:write', MORE, update),
    bodyLimit: PROFILE_BYTES,
  },
  on(
    'getProfiles',
    'GET /api/profiles',
    'L',
    'profiles:read',
    ['filter', 'sort', 'include', ...PAGES, ...MORE],
    getMany,
  ),
  on('getProfile', 'GET /api/profiles/{id}', 'L', 'profiles:read', ['include', ...MORE], getOne),
  on(
    'getListsOfProfile',
    'GET /api/profiles/{id}/lists',
    'half',
    'lists:read profiles:read',
    [],
    getListsOfProfile,
  ),
  on('mergeProfiles', 'POST /api/profile-merge', 'M', 'profiles:write', [], merge),
  on(
    'deleteProfile',
    'POST /api/data-privacy-deletion-jobs',
    'half',
    'data-privacy:write',
    [],
    requestDeletion,
  ),
  on('createEvents', 'POST /api/event-bulk-create-jobs', 'M', 'events:write', [], createEvents),
  on('createEvent', 'POST /api/events', 'XL', 'events:write', [], createEvent),
  on('getEvents', 'GET /api/events', 'XL', 'events:read', ['filter', 'sort', 'include', ...PAGES], getEvents),
  on('getEvent', 'GET /api/events/{id}', 'M', 'events:read', ['include'], getEvent),
  on(
    'getMetrics',
    'GET /api/metrics',
    'M',
    'metrics:read',
    ['filter', 'include', 'page[cursor]'],
    getMetrics,
  ),
  on('getMetric', 'GET /api/metrics/{id}', 'M', 'metrics:read', ['include'], getMetric),
  on(
    'subscribe',
    'POST /api/profile-subscription-bulk-create-jobs',
    'L',
    'lists:write profiles:write subscriptions:write',
    [],
    subscribeProfiles,
  ),
  on(
    'unsubscribe',
    'POST /api/profile-subscription-bulk-delete-jobs',
    'L',
    'lists:write profiles:write subscriptions:write',
    [],
    unsubscribeProfiles,
  ),
  on(
    'suppress',
    'POST /api/profile-suppression-bulk-create-jobs',
    'L',
    'profiles:write subscriptions:write',
    [],
    suppressProfiles,
  ),
  on(
    'unsuppress',
    'POST /api/profile-suppression-bulk-delete-jobs',
    'L',
    'subscriptions:write',
    [],
    unsuppressProfiles,
  ),
  ...(['create', 'delete'] as const).flatMap((kind) => [
    on(
      kind === 'create' ? 'listSuppressJobs' : 'listUnsuppressJobs',
      `GET /api/profile-suppression-bulk-${kind}-jobs`,
      'L',
      'subscriptions:read',
      ['filter', 'sort', 'page[cursor]'],
      getSuppressionJobs(kind),
    ),
    on(
      kind === 'create' ? 'getSuppressJob' : 'getUnsuppressJob',
      `GET /api/profile-suppression-bulk-${kind}-jobs/{id}`,
      'L',
      'subscriptions:read',
      [],
      getSuppressionJob(kind),
    ),
  ]),
  on('getLists', 'GET /api/lists', 'L', 'lists:read', ['filter', 'sort', 'include', ...PAGES], getLists),
  { ...on('createList', 'POST /api/lists', 'M', 'lists:write', [], createList), limits: dailyLimits() },
  on('getList', 'GET /api/lists/{id}', 'L', 'lists:read', ['include', 'additional-fields[list]'], getList),
  on(
    'getListMembers',
    'GET /api/lists/{id}/profiles',
    'L',
    'lists:read profiles:read',
    ['filter', 'sort', ...PAGES, ...MORE],
    getMembers,
  ),
  on(
    'getListMemberIds',
    'GET /api/lists/{id}/relationships/profiles',
    'L',
    'lists:read profiles:read',
    ['filter', 'sort', ...PAGES],
    getMemberIds,
  ),
  on(
    'addListMembers',
    'POST /api/lists/{id}/relationships/profiles',
    'M',
    'lists:write profiles:write',
    [],
    addMembers,
  ),
  on(
    'removeListMembers',
    'DELETE /api/lists/{id}/relationships/profiles',
    'M',
    'lists:write profiles:write',
    [],
    removeMembers,
  ),
  on(
    'createBackInStock',
    'POST /api/back-in-stock-subscriptions',
    'XL',
    'catalogs:read profiles:write',
    [],
    createBackInStock,
  ),
];

function on(
  id: string,
  route: string,
  tier: keyof typeof TIERS,
  scopes: string,
  query: string[],
  handle: Operation['handle'],
): Operation {
  const [method = '', path = ''] = route.split(' ');
  return {
    id,
    method: method as Operation['method'],
    path,
    limits: limitsOf(tier),
    scopes: scopes.split(' '),
    query,
    handle,
  };
}

/** The windows of one of Klaviyo's tiers. */
export function limitsOf(tier: keyof typeof TIERS): RateLimit[] {
  const [burst, steady] = TIERS[tier];
  return [
    { count: burst, seconds: 1 },
    { count: steady, seconds: 60 },
  ];
}

function dailyLimits(): RateLimit[] {
  return [...limitsOf('M'), { count: 150, seconds: DAY_SECONDS }];
}
