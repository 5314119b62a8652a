import type { Profile, SuppressionJob } from './account.ts';
import type { Answer, Call } from './call.ts';
import { ensurePerson, suppress } from './consent-machine.ts';
import { nextUlid } from './identity.ts';
import { relationLinks } from './profile-json.ts';
import { reference } from './profile-shape.ts';
import { matchesFilters, pageOf, pickFields, readFilters, selfLink, sparseFields } from './query.ts';
import { invalid, notFound } from './refusal.ts';
import { assertShape, items, optional, orNull, required, resource, text, type Check } from './shape.ts';
import { isEmail, isoMicroTime, WRONG_EMAIL } from './values.ts';

type Kind = 'create' | 'delete';

type Body = {
  data: {
    attributes: { profiles?: { data: { attributes: { email: string } }[] } | null };
    relationships?: { list?: { data?: { id: string } }; segment?: { data?: { id: string } } };
  };
};

function shapeFor(kind: Kind): Check {
  const type = `profile-suppression-bulk-${kind}-job`;
  const profile = resource('profile', {
    type: required(text({ oneOf: ['profile'] })),
    attributes: required(resource('profile', { email: required(text()) })),
  });
  const profiles = resource('profiles', {
    data: required(items(profile, { min: 1, max: 100, of: 'profiles' })),
  });
  return resource('request-data', {
    data: required(
      resource(type, {
        type: required(text({ oneOf: [type] })),
        attributes: required(resource(type, { profiles: optional(orNull(profiles)) })),
        relationships: optional(
          resource('relationships', {
            list: optional(resource('list', { data: optional(reference('list')) })),
            segment: optional(resource('segment', { data: optional(reference('segment')) })),
          }),
        ),
      }),
    ),
  });
}

const SHAPES = { create: shapeFor('create'), delete: shapeFor('delete') };

/** POST /api/profile-suppression-bulk-create-jobs: unknown addresses become suppressed profiles. */
export function suppressProfiles(call: Call): Answer {
  return startJob(call, 'create', (email, now) => {
    return suppress(ensurePerson(call.account, { email, phone_number: null }, now), 'USER_SUPPRESSED', now);
  });
}

/** POST /api/profile-suppression-bulk-delete-jobs: lifts only what a user has set. */
export function unsuppressProfiles(call: Call): Answer {
  return startJob(call, 'delete', (email) => {
    const consent = call.account.byEmail.get(email)?.consent;
    const before = consent?.suppressions.length ?? 0;
    if (consent !== null && consent !== undefined) {
      consent.suppressions = consent.suppressions.filter(({ reason }) => reason !== 'USER_SUPPRESSED');
    }
    return (consent?.suppressions.length ?? 0) < before;
  });
}

export function getSuppressionJobs(kind: Kind): (call: Call) => Answer {
  return (call) => {
    const filters = readFilters(call, { status: ['equals'], list_id: ['equals'], segment_id: ['equals'] });
    const jobs = [...call.account.suppressionJobs.values()].filter((job) => job.kind === kind);
    const page = pageOf(call, jobs, 20, (job) =>
      matchesFilters(filters, (field) => (field === 'status' ? statusOf(job) : null)),
    );
    return { status: 200, body: { data: page.items.map((job) => jobJson(call, job)), links: page.links } };
  };
}

export function getSuppressionJob(kind: Kind): (call: Call) => Answer {
  return (call) => {
    const id = call.params.id ?? '';
    const job = call.account.suppressionJobs.get(id);
    if (job === undefined || job.kind !== kind) {
      throw notFound(`A profile-suppression-bulk-${kind}-job with id ${id} does not exist.`);
    }
    return { status: 200, body: { data: jobJson(call, job), links: { self: selfLink(call) } } };
  };
}

function startJob(call: Call, kind: Kind, act: (email: string, now: number) => boolean): Answer {
  assertShape(SHAPES[kind], call.body, call.service.switches.strictUnknown);
  const emails = emailsOf(call);
  const { account, service, now } = call;
  const job: SuppressionJob = {
    id: nextUlid(account, now),
    kind,
    createdAt: now,
    completedAt: null,
    totalCount: emails.length,
    completedCount: 0,
    skippedCount: 0,
  };
  account.suppressionJobs.set(job.id, job);
  service.later.at(now + service.processingDelayMs, (at) => {
    for (const email of emails) {
      if (act(email, at)) {
        job.completedCount += 1;
      } else {
        job.skippedCount += 1;
      }
    }
    job.completedAt = at;
  });
  return { status: 202, body: { data: jobJson(call, job), links: { self: selfLink(call) } } };
}

/** Profiles, a list or a segment: exactly one of them. There are no segments here. */
function emailsOf(call: Call): string[] {
  const { attributes, relationships } = (call.body as Body).data;
  const profiles = attributes.profiles ?? null;
  const listId = relationships?.list?.data?.id;
  const segmentId = relationships?.segment?.data?.id;
  if ([profiles ?? undefined, listId, segmentId].filter((each) => each !== undefined).length !== 1) {
    const detail = 'Exactly one of profiles, a list or a segment must be provided.';
    throw invalid([{ pointer: '/data', detail }]);
  }
  if (segmentId !== undefined) {
    throw invalid([
      { pointer: '/data/relationships/segment/data/id', detail: `Segment not found with id ${segmentId}.` },
    ]);
  }
  if (listId !== undefined) {
    const list = call.account.lists.get(listId);
    if (list === undefined) {
      const detail = `List not found with id ${listId}.`;
      throw invalid([{ pointer: '/data/relationships/list/data/id', detail }]);
    }
    return [...list.members.keys()]
      .map((profile: Profile) => profile.email)
      .filter((email) => email !== null);
  }
  const emails = (profiles?.data ?? []).map(({ attributes: { email } }) => email);
  const offences = emails.flatMap((email, index) =>
    isEmail(email)
      ? []
      : [{ pointer: `/data/attributes/profiles/data/${index}/attributes/email`, detail: WRONG_EMAIL }],
  );
  if (offences.length > 0) {
    throw invalid(offences);
  }
  return emails.map((email) => email.toLowerCase());
}

/** Live, such a job is never seen as queued. */
function statusOf(job: SuppressionJob): string {
  return job.completedAt === null ? 'processing' : 'complete';
}

function jobJson(call: Call, job: SuppressionJob): unknown {
  const type = `profile-suppression-bulk-${job.kind}-job`;
  const self = `${call.origin}/api/${type}s/${job.id}/`;
  const attributes = {
    status: statusOf(job),
    created_at: isoMicroTime(job.createdAt),
    total_count: job.totalCount,
    completed_count: job.completedCount,
    completed_at: job.completedAt === null ? null : isoMicroTime(job.completedAt),
    skipped_count: job.skippedCount,
  };
  return {
    type,
    id: job.id,
    attributes: pickFields(attributes, sparseFields(call, type), type),
    relationships: {
      lists: { links: relationLinks(self, 'lists') },
      segments: { links: relationLinks(self, 'segments') },
    },
    links: { self },
  };
}
