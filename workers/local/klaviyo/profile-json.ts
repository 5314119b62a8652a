import { TEXT_FIELDS, type Account, type Channel, type Consent, type List, type Profile } from './account.ts';
import type { Call } from './call.ts';
import { pickFields, readNames, sparseFields } from './query.ts';
import { isoMicroTime, isoTime } from './values.ts';

const LOCATION_FIELDS = [
  'address1',
  'address2',
  'city',
  'country',
  'latitude',
  'longitude',
  'region',
  'zip',
  'timezone',
  'ip',
];

/** A profile as Klaviyo shows it, with `fields[profile]` and `additional-fields[profile]` honoured. */
export function profileJson(call: Call, profile: Profile, extra: Record<string, unknown> = {}): unknown {
  const additional = readNames(call, 'additional-fields[profile]', ['subscriptions', 'predictive_analytics']);
  const attributes: Record<string, unknown> = {
    email: profile.email,
    phone_number: profile.phone_number,
    external_id: profile.external_id,
    ...Object.fromEntries(TEXT_FIELDS.map((name) => [name, profile.texts[name] ?? null])),
    created: isoTime(profile.createdAt),
    updated: isoTime(profile.updatedAt),
    last_event_date: profile.lastEventAt === null ? null : isoTime(profile.lastEventAt),
    location: Object.fromEntries(LOCATION_FIELDS.map((name) => [name, profile.location?.[name] ?? null])),
    properties: profile.properties,
    ...extra,
  };
  const picked = pickFields(attributes, sparseFields(call, 'profile'), 'profile');
  if (additional.includes('subscriptions')) {
    picked.subscriptions = subscriptionsJson(profile.consent);
  }
  if (additional.includes('predictive_analytics')) {
    picked.predictive_analytics = null;
  }
  const self = `${call.origin}/api/profiles/${profile.id}/`;
  const relationships = Object.fromEntries(
    ['lists', 'segments', 'push-tokens'].map((name) => [name, { links: relationLinks(self, name) }]),
  );
  return { type: 'profile', id: profile.id, attributes: picked, relationships, links: { self } };
}

export function listJson(call: Call, list: List, extra: Record<string, unknown> = {}): unknown {
  const self = `${call.origin}/api/lists/${list.id}/`;
  const attributes = { ...listAttributes(list), ...extra };
  const relationships = Object.fromEntries(
    ['profiles', 'tags', 'flow-triggers'].map((name) => [name, { links: relationLinks(self, name) }]),
  );
  return {
    type: 'list',
    id: list.id,
    attributes: pickFields(attributes, sparseFields(call, 'list'), 'list'),
    relationships,
    links: { self },
  };
}

export function relationLinks(self: string, name: string): { self: string; related: string } {
  return { self: `${self}relationships/${name}/`, related: `${self}${name}/` };
}

/** Names of the lists that a profile is in. */
export function listsOf(account: Account, profile: Profile): List[] {
  return [...account.lists.values()].filter((list) => list.members.has(profile));
}

/** The consent block, shaped like a live answer. */
function subscriptionsJson(consent: Consent | null): unknown {
  const email = channelJson(consent, 'email');
  const tracking = channelJson(consent, 'open_tracking');
  const sms = channelJson(consent, 'sms');
  const transactional = channelJson(consent, 'sms_transactional');
  const push = channelJson(consent, 'push');
  return {
    email: {
      marketing: {
        can_receive_email_marketing: (consent?.suppressions.length ?? 0) === 0,
        ...email,
        custom_method_detail: consent?.channels.email?.source ?? null,
        double_optin: consent?.channels.email?.isDoubleOptIn ?? null,
        suppression: (consent?.suppressions ?? []).map(({ reason, at }) => ({
          reason,
          timestamp: isoTime(at),
        })),
        list_suppressions: (consent?.listSuppressions ?? []).map(({ list, reason, at }) => ({
          list_id: list,
          reason,
          timestamp: isoTime(at),
        })),
      },
      open_tracking: permissionJson(tracking, consent, 'open_tracking'),
    },
    sms: {
      marketing: { can_receive_sms_marketing: sms.consent === 'SUBSCRIBED', ...sms },
      transactional: {
        can_receive_sms_transactional: transactional.consent === 'SUBSCRIBED',
        ...transactional,
      },
    },
    mobile_push: {
      marketing: {
        can_receive_push_marketing: push.consent === 'SUBSCRIBED',
        consent: push.consent,
        consent_timestamp: push.consent_timestamp,
      },
    },
    whatsapp: whatsappJson(consent),
  };
}

type ChannelJson = {
  consent: string;
  consent_timestamp: string | null;
  last_updated: string | null;
  method: string | null;
  method_detail: string | null;
};

function channelJson(consent: Consent | null, channel: Channel): ChannelJson {
  const state = consent?.channels[channel];
  return {
    consent: state?.consent ?? 'NEVER_SUBSCRIBED',
    consent_timestamp: state === undefined ? null : isoTime(state.at),
    last_updated: state === undefined ? null : isoTime(state.updatedAt),
    method: state === undefined ? null : 'API',
    method_detail: state === undefined ? null : '',
  };
}

function permissionJson(json: ChannelJson, consent: Consent | null, channel: Channel): object {
  return {
    consent: json.consent,
    consent_timestamp: json.consent_timestamp,
    last_updated: json.last_updated,
    created_timestamp: consent?.channels[channel] === undefined ? null : json.consent_timestamp,
    metadata: null,
    can_receive: json.consent === 'SUBSCRIBED',
    valid_until: null,
  };
}

/** Null as long as nobody has spoken about WhatsApp. */
function whatsappJson(consent: Consent | null): object | null {
  const channels = {
    marketing: 'whatsapp',
    transactional: 'whatsapp_transactional',
    conversational: 'whatsapp_conversational',
  } as const;
  if (!Object.values(channels).some((channel) => consent?.channels[channel] !== undefined)) {
    return null;
  }
  return Object.fromEntries(
    Object.entries(channels).map(([name, channel]) => [
      name,
      { ...permissionJson(channelJson(consent, channel), consent, channel), phone_number: null },
    ]),
  );
}

function listAttributes(list: List): Record<string, unknown> {
  return {
    name: list.name,
    created: isoMicroTime(list.createdAt),
    updated: isoMicroTime(list.updatedAt),
    opt_in_process: list.optIn === 'double' ? 'double_opt_in' : 'single_opt_in',
  };
}
