import type { ConsentCall, List } from './account.ts';
import { emptyAnswer, type Answer, type Call } from './call.ts';
import { subscribePerson, unsubscribePerson, type Person } from './consent-machine.ts';
import { channelsOf, consentShape, type ConsentBody, type ConsentProfile } from './consent-shape.ts';
import { profileById } from './identity.ts';
import { checkIdentifiers } from './profile-shape.ts';
import { invalid, type Offence } from './refusal.ts';
import { assertShape } from './shape.ts';
import { phoneRegion, readTime, WRONG_PHONE } from './values.ts';

const CREATE = consentShape('create');
const DELETE = consentShape('delete');
const BASE = '/data/attributes/profiles/data';

type Checked = { offences: Offence[]; dropsPhone: boolean };

/** POST /api/profile-subscription-bulk-create-jobs: 202 without a job; what comes of it shows later. */
export function subscribeProfiles(call: Call): Answer {
  const { data, profiles } = readBody(call, 'create');
  const isHistorical = data.attributes.historical_import === true;
  const checked = profiles.map((profile, index) =>
    checkSubscribe(call, profile, `${BASE}/${index}/attributes`, isHistorical),
  );
  refuseAny(checked);
  const list = listOf(call, data.relationships?.list?.data?.id);
  const source = data.attributes.custom_source ?? null;
  const { account, service, now } = call;
  profiles.forEach((profile, index) => {
    const dropsPhone = checked[index]?.dropsPhone === true;
    const calls = logCalls(call, 'subscribe', profile, dropsPhone, { list, source, isHistorical });
    const person = personOf(profile, dropsPhone);
    service.later.at(now + service.processingDelayMs, (at) =>
      subscribePerson(account, person, calls, { list, source, isHistorical }, at),
    );
  });
  account.received.subscribes += profiles.length;
  const isPartial = checked.some(({ dropsPhone }) => dropsPhone);
  return emptyAnswer(202, isPartial ? { 'X-Klaviyo-Partial-Failure': 'phone_number' } : {});
}

/** POST /api/profile-subscription-bulk-delete-jobs: with a list, people outside it lose their consent everywhere. */
export function unsubscribeProfiles(call: Call): Answer {
  const { data, profiles } = readBody(call, 'delete');
  const checked = profiles.map((profile, index) =>
    checkPerson(profile, `${BASE}/${index}/attributes`, 'refuse'),
  );
  refuseAny(checked);
  const list = listOf(call, data.relationships?.list?.data?.id);
  const { account, service, now } = call;
  for (const profile of profiles) {
    const calls = logCalls(call, 'unsubscribe', profile, false, { list, source: null, isHistorical: false });
    const person = personOf(profile, false);
    service.later.at(now + service.processingDelayMs, (at) =>
      unsubscribePerson(account, person, calls, list, at),
    );
  }
  account.received.unsubscribes += profiles.length;
  return emptyAnswer(202);
}

function readBody(call: Call, kind: 'create' | 'delete') {
  assertShape(kind === 'create' ? CREATE : DELETE, call.body, call.service.switches.strictUnknown);
  const { data } = call.body as ConsentBody;
  return { data, profiles: data.attributes.profiles.data };
}

function checkSubscribe(call: Call, profile: ConsentProfile, base: string, isHistorical: boolean): Checked {
  const checked = checkPerson(profile, base, 'drop');
  const { offences } = checked;
  if (profile.id && profileById(call.account, profile.id) === undefined) {
    const pointer = base.replace(/attributes$/, 'id');
    offences.push({ pointer, detail: `A profile with id ${profile.id} does not exist.` });
  }
  for (const { channel, consentedAt, pointer } of channelsOf(profile)) {
    const trouble = consentTimeTrouble(call, channel, consentedAt, isHistorical);
    if (trouble !== null) {
      offences.push({ pointer: `${base}${pointer}`, detail: trouble });
    }
  }
  if (offences.length === 0 && !checked.dropsPhone) {
    offences.push(...checkSms(call, profile, base));
  }
  return checked;
}

/** Identifiers and that every channel has the one it speaks to. */
function checkPerson(profile: ConsentProfile, base: string, phone: 'drop' | 'refuse'): Checked {
  const { attributes } = profile;
  const checked = checkIdentifiers({ ...attributes }, base, { phone, id: profile.id });
  if (checked.offences.length > 0) {
    return checked;
  }
  const channels = channelsOf(profile).map(({ channel }) => channel);
  if (channels.some((channel) => channel.startsWith('sms')) && !attributes.phone_number && !profile.id) {
    const detail = "'phone_number' must not be empty when the sms channel is included in 'subscriptions'.";
    checked.offences.push({ pointer: `${base}/phone_number`, detail });
  }
  if (channels.includes('email') && !attributes.email && !profile.id) {
    const detail = "'email' must not be empty when the email channel is included in 'subscriptions'.";
    checked.offences.push({ pointer: `${base}/email`, detail });
  }
  return checked;
}

/** What the account's SMS settings say about a profile that is to be subscribed to SMS. */
function checkSms(call: Call, profile: ConsentProfile, base: string): Offence[] {
  const { sms, ageGated, minimumAge } = call.account;
  const { email, phone_number: phone, age_gated_date_of_birth: birth } = profile.attributes;
  const pointer = `${base}/phone_number`;
  const isPhoneOnly = Boolean(phone) && !email && !profile.id;
  if (isPhoneOnly && !sms.enabled) {
    return [{ pointer, detail: 'SMS configuration is required to subscribe phone number only profiles.' }];
  }
  if (!channelsOf(profile).some(({ channel }) => channel.startsWith('sms')) || !phone) {
    return [];
  }
  const region = phoneRegion(phone);
  if (region === null) {
    return [{ pointer, detail: WRONG_PHONE }];
  }
  if (!sms.enabled || !sms.regions.includes(region)) {
    const detail = 'Phone number is valid but is not in a supported region for this account.';
    return [{ pointer, detail }];
  }
  if (ageGated && (birth === undefined || birth === null)) {
    const detail = "'age_gated_date_of_birth' is required to update SMS consent for this account.";
    return [{ pointer: `${base}/age_gated_date_of_birth`, detail }];
  }
  if (ageGated && birth && !isOfAge(birth, minimumAge, call.now)) {
    // How the real one words it is not published.
    const detail = "'age_gated_date_of_birth' does not meet the minimum age of this account.";
    return [{ pointer: `${base}/age_gated_date_of_birth`, detail }];
  }
  return [];
}

function isOfAge(birth: string, years: number, now: number): boolean {
  const day = new Date(birth);
  day.setUTCFullYear(day.getUTCFullYear() + years);
  return day.getTime() <= now;
}

/** History needs a past time with its offset; anything else must not name a time at all. */
function consentTimeTrouble(
  call: Call,
  channel: string,
  consentedAt: string | null,
  isHistorical: boolean,
): string | null {
  if (!isHistorical) {
    return consentedAt === null ? null : "'consented_at' requires 'historical_import' to be true.";
  }
  if (channel === 'open_tracking') {
    return null;
  }
  const time = consentedAt === null ? null : readTime(consentedAt);
  const isValid = time !== null && time.hasOffset && time.at <= call.now;
  const name = channel.startsWith('email') ? 'Email' : channel.startsWith('sms') ? 'SMS' : 'Channel';
  return isValid ? null : `Historical ${name} subscription does not have a valid consented at timestamp`;
}

function listOf(call: Call, id: string | undefined): List | null {
  if (id === undefined) {
    return null;
  }
  const list = call.account.lists.get(id);
  if (list === undefined) {
    throw invalid([{ pointer: '/data/relationships/list/data/id', detail: `List not found with id ${id}.` }]);
  }
  return list;
}

function logCalls(
  call: Call,
  action: ConsentCall['action'],
  profile: ConsentProfile,
  dropsPhone: boolean,
  terms: { list: List | null; source: string | null; isHistorical: boolean },
): ConsentCall[] {
  const channels = channelsOf(profile).filter(({ channel }) => !(dropsPhone && channel.startsWith('sms')));
  const person = personOf(profile, dropsPhone);
  const calls = channels.map(({ channel, consentedAt }): ConsentCall => {
    return {
      at: call.now,
      requestId: call.requestId,
      action,
      channel,
      email: person.email,
      phone_number: person.phone_number,
      list: terms.list?.id ?? null,
      source: terms.source,
      isHistorical: terms.isHistorical,
      consentedAt,
      result: null,
    };
  });
  for (const each of calls) {
    call.account.consentCalls.push(each);
  }
  return calls;
}

function personOf(profile: ConsentProfile, dropsPhone: boolean): Person {
  const { email, phone_number: phone } = profile.attributes;
  return {
    id: profile.id ?? null,
    email: email ? email.toLowerCase() : null,
    phone_number: dropsPhone || !phone ? null : phone,
  };
}

function refuseAny(checked: Checked[]): void {
  const offences = checked.flatMap((each) => each.offences);
  if (offences.length > 0) {
    throw invalid(offences);
  }
}
