import type { ImportJob, List } from './account.ts';
import { isOlderRevision, type Answer, type Call } from './call.ts';
import { expiresAt, startImportJob, statusAt } from './import-jobs.ts';
import { listJson, profileJson, relationLinks } from './profile-json.ts';
import {
  checkIdentifiers,
  profileAttributes,
  profileMeta,
  reference,
  type ProfileResource,
} from './profile-shape.ts';
import {
  matchesFilters,
  pageOf,
  pageSize,
  pickFields,
  readFilters,
  readNames,
  selfLink,
  sparseFields,
} from './query.ts';
import { invalid, notFound, type Offence } from './refusal.ts';
import { assertShape, items, optional, required, resource, text, type Check } from './shape.ts';
import { isoTime } from './values.ts';

type Body = {
  data: {
    attributes: { profiles: { data: ProfileResource[] } };
    relationships?: { lists?: { data?: { id: string }[] } };
  };
};

const BASE = '/data/attributes/profiles/data';

function shapeFor(isOlder: boolean): Check {
  const profile = resource('profile', {
    type: required(text({ oneOf: ['profile'] })),
    id: optional(text({ nullable: true })),
    attributes: required(profileAttributes({ isOlder })),
    meta: optional(profileMeta),
  });
  const lists = resource('lists', { data: optional(items(reference('list'), { of: 'lists' })) });
  return resource('request-data', {
    data: required(
      resource('profile-bulk-import-job', {
        type: required(text({ oneOf: ['profile-bulk-import-job'] })),
        attributes: required(
          resource('profile-bulk-import-job', {
            profiles: required(
              resource('profiles', {
                data: required(items(profile, { min: 1, max: 10_000, of: 'profiles' })),
              }),
            ),
          }),
        ),
        relationships: optional(resource('relationships', { lists: optional(lists) })),
      }),
    ),
  });
}

const CURRENT = shapeFor(false);
const OLDER = shapeFor(true);

/** POST /api/profile-bulk-import-jobs: all or nothing now, errors of single profiles later. */
export function createJob(call: Call): Answer {
  const { switches } = call.service;
  assertShape(isOlderRevision(call.revision) ? OLDER : CURRENT, call.body, switches.strictUnknown);
  const { data } = call.body as Body;
  const profiles = data.attributes.profiles.data;
  const offences: Offence[] = [];
  profiles.forEach((profile, index) => {
    const base = `${BASE}/${index}/attributes`;
    // Without any identifier a profile fails later, inside the job.
    const rule = { phone: 'refuse', id: profile.id, mayBeNobody: true } as const;
    offences.push(...checkIdentifiers(profile.attributes, base, rule).offences);
    if (switches.rejectNullInImport) {
      offences.push(...nullsIn(profile.attributes, base));
    }
  });
  if (offences.length > 0) {
    throw invalid(offences);
  }
  const job = startImportJob(call, profiles, listsNamed(call, data.relationships?.lists?.data ?? []));
  call.account.received.profiles += profiles.length;
  return { status: 202, body: { data: jobJson(call, job, call.now), links: { self: selfLink(call) } } };
}

/** GET /api/profile-bulk-import-jobs: newest first; may lag behind the truth by a switch. */
export function getJobs(call: Call): Answer {
  const filters = readFilters(call, { status: ['any', 'equals'] });
  const size = pageSize(call, { max: 100, usual: 20 });
  const seenAt = call.now - call.service.switches.jobListLagMs;
  const jobs = [...call.account.importJobs.values()].sort((a, b) => a.createdAt - b.createdAt);
  const page = pageOf(call, call.query.get('sort') === 'created_at' ? jobs : jobs.reverse(), size, (job) => {
    const isThere = job.createdAt <= seenAt && !isExpired(job, call.now);
    return isThere && matchesFilters(filters, () => statusAt(job, seenAt));
  });
  return {
    status: 200,
    body: { data: page.items.map((job) => jobJson(call, job, seenAt)), links: page.links },
  };
}

/** GET /api/profile-bulk-import-jobs/{id}. */
export function getJob(call: Call): Answer {
  const job = jobOf(call);
  const isListsWanted = readNames(call, 'include', ['lists']).length > 0;
  const included = isListsWanted ? { included: job.lists.map((list) => listJson(call, list)) } : {};
  return {
    status: 200,
    body: { data: jobJson(call, job, call.now), ...included, links: { self: selfLink(call) } },
  };
}

/** GET …/import-errors. The pointer says nothing about the place: `original_payload` tells which profile it was. */
export function getImportErrors(call: Call): Answer {
  const job = jobOf(call);
  const page = pageOf(call, job.errors, pageSize(call, { max: 100, usual: 20 }));
  const wanted = sparseFields(call, 'import-error');
  const data = page.items.map(({ id, code, title, detail, payload }) => ({
    type: 'import-error',
    id,
    attributes: pickFields(
      { code, title, detail, source: { pointer: '/data' }, original_payload: payload },
      wanted,
      'import-error',
    ),
  }));
  return { status: 200, body: { data, links: page.links } };
}

/** GET …/profiles. */
export function getJobProfiles(call: Call): Answer {
  const job = jobOf(call);
  const page = pageOf(
    call,
    job.profiles,
    pageSize(call, { max: 100, usual: 20 }),
    (profile) => !profile.isGone,
  );
  return {
    status: 200,
    body: { data: page.items.map((profile) => profileJson(call, profile)), links: page.links },
  };
}

function jobOf(call: Call): ImportJob {
  const id = call.params.id ?? '';
  const job = call.account.importJobs.get(id);
  if (job === undefined || isExpired(job, call.now)) {
    throw notFound(`A profile-bulk-import-job with id ${id} does not exist.`);
  }
  return job;
}

function isExpired(job: ImportJob, now: number): boolean {
  return now >= expiresAt(job);
}

function jobJson(call: Call, job: ImportJob, now: number): unknown {
  const status = statusAt(job, now);
  const isOver = status === 'complete' || status === 'cancelled';
  const self = `${call.origin}/api/profile-bulk-import-jobs/${job.id}/`;
  const attributes = {
    status,
    created_at: isoTime(job.createdAt),
    total_count: job.totalCount,
    completed_count: isOver ? job.completedCount : 0,
    failed_count: isOver ? job.failedCount : 0,
    completed_at: isOver ? isoTime(job.endsAt) : null,
    expires_at: isoTime(expiresAt(job)),
    started_at: status === 'queued' ? null : isoTime(job.startsAt),
  };
  return {
    type: 'profile-bulk-import-job',
    id: job.id,
    attributes: pickFields(
      attributes,
      sparseFields(call, 'profile-bulk-import-job'),
      'profile-bulk-import-job',
    ),
    relationships: {
      lists: {
        data: job.lists.map((list) => ({ type: 'list', id: list.id })),
        links: relationLinks(self, 'lists'),
      },
      profiles: { links: relationLinks(self, 'profiles') },
      'import-errors': { links: { related: `${self}import-errors/` } },
    },
    links: { self },
  };
}

/** A wrong list cannot be blamed on a profile, so the pointer has no index. */
function listsNamed(call: Call, references: { id: string }[]): List[] {
  return references.map(({ id }, index) => {
    const list = call.account.lists.get(id);
    if (list === undefined) {
      const pointer = `/data/relationships/lists/data/${index}/id`;
      throw invalid([{ pointer, detail: `List not found with id ${id}.` }]);
    }
    return list;
  });
}

function nullsIn(attributes: Record<string, unknown>, base: string): Offence[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    if (value === null) {
      return [{ pointer: `${base}/${name}`, detail: 'This field may not be null.' }];
    }
    const isNested = (name === 'properties' || name === 'location') && typeof value === 'object';
    return isNested ? nullsIn(value as Record<string, unknown>, `${base}/${name}`) : [];
  });
}
