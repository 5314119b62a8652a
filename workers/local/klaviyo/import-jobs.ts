import { randomUUID } from 'node:crypto';
import type { Account, ImportJob, List, Profile } from './account.ts';
import type { Call, Service } from './call.ts';
import { createProfile, hasIdentifier, ownersOf, profileById } from './identity.ts';
import { identifiersOf, type ProfileResource } from './profile-shape.ts';
import { writeProfile } from './profile-write.ts';
import { randomLetters } from './random.ts';

/** An import job is forgotten after this long, milliseconds. */
const LIFE_MS = 7 * 86_400_000;
/** A profile of a bulk import may be this large, bytes of JSON. */
const PROFILE_LIMIT_BYTES = 100_000;

type Trouble = { code: string; title: string; detail: string };

/** Accepts a job; its profiles arrive when its time is over. */
export function startImportJob(call: Call, profiles: ProfileResource[], lists: List[]): ImportJob {
  const { account, service, now } = call;
  const duration = service.jobDurationMs * (0.5 + service.random());
  const job: ImportJob = {
    id: jobId(account, service, now),
    createdAt: now,
    startsAt: now + duration * 0.3,
    endsAt: now + duration,
    isOver: false,
    isCancelled: false,
    totalCount: profiles.length,
    completedCount: 0,
    failedCount: 0,
    lists,
    errors: [],
    profiles: [],
  };
  account.importJobs.set(job.id, job);
  const { cancelsJob, bodyBytes } = call;
  service.later.at(job.endsAt, (at) => {
    const reached = cancelsJob ? profiles.slice(0, Math.floor(profiles.length / 2)) : profiles;
    importProfiles(account, service, job, reached, {
      now: at,
      mayBeTooLarge: bodyBytes > PROFILE_LIMIT_BYTES,
    });
    job.isCancelled = cancelsJob;
    job.isOver = true;
    job.startsAt = Math.min(job.startsAt, at);
    job.endsAt = at;
  });
  return job;
}

/** Where a job stands at a time. */
export function statusAt(job: ImportJob, now: number): 'queued' | 'processing' | 'complete' | 'cancelled' {
  if (job.isOver && now >= job.endsAt) {
    return job.isCancelled ? 'cancelled' : 'complete';
  }
  return now >= job.startsAt ? 'processing' : 'queued';
}

export function expiresAt(job: ImportJob): number {
  return job.createdAt + LIFE_MS;
}

function importProfiles(
  account: Account,
  service: Service,
  job: ImportJob,
  profiles: ProfileResource[],
  how: { now: number; mayBeTooLarge: boolean },
): void {
  const nulls = service.switches.nullInImport;
  const touched = new Set<Profile>();
  for (const resource of profiles) {
    const owner = findOwner(account, resource, touched, how.mayBeTooLarge);
    if ('trouble' in owner) {
      const { originalPayload } = service.switches;
      const payload = originalPayload === 'resource' ? resource : resource.attributes;
      job.errors.push({ id: randomUUID(), ...owner.trouble, payload });
      job.failedCount += 1;
      continue;
    }
    const profile = owner.profile ?? createProfile(account, how.now);
    const patch = resource.meta?.patch_properties;
    writeProfile(account, profile, resource.attributes, { nulls, patch, now: how.now });
    touched.add(profile);
    job.profiles.push(profile);
    for (const list of job.lists) {
      if (!list.members.has(profile)) {
        list.members.set(profile, how.now);
      }
    }
    job.completedCount += 1;
  }
}

/** The profile to write (null = a new one), or why this one of the job fails. */
function findOwner(
  account: Account,
  resource: ProfileResource,
  touched: Set<Profile>,
  mayBeTooLarge: boolean,
): { profile: Profile | null } | { trouble: Trouble } {
  if (mayBeTooLarge && Buffer.byteLength(JSON.stringify(resource)) > PROFILE_LIMIT_BYTES) {
    return trouble('invalid', `The size of a profile must not exceed ${PROFILE_LIMIT_BYTES} bytes.`);
  }
  const identifiers = identifiersOf(resource.attributes, resource.id);
  if (!hasIdentifier(identifiers)) {
    return trouble('invalid', 'A profile needs at least one of id, email, phone_number or external_id.');
  }
  if (identifiers.id && profileById(account, identifiers.id) === undefined) {
    return trouble('not_found', `A profile with id ${identifiers.id} does not exist.`, 'Not found.');
  }
  const [owner, other] = ownersOf(account, identifiers);
  if (other !== undefined) {
    const detail = 'A profile already exists with one of these identifiers.';
    return trouble('duplicate_profile', detail, 'Conflict.');
  }
  if (owner !== undefined && touched.has(owner)) {
    return trouble('duplicate_profile', 'This profile occurs more than once in the job.', 'Conflict.');
  }
  return { profile: owner ?? null };
}

function trouble(code: string, detail: string, title = 'Invalid input.'): { trouble: Trouble } {
  return { trouble: { code, title, detail } };
}

/** Opaque, as the real ones are: unpadded base64 of company, service, time and letters. */
function jobId(account: Account, service: Service, now: number): string {
  const letters = () => randomLetters(service.random, 6);
  const plain = `${letters()}_maintenance.${account.salt}.${Math.floor(now / 1000)}.${letters()}`;
  return Buffer.from(plain).toString('base64url');
}
