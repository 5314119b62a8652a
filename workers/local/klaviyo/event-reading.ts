import type { Metric, RecordedEvent } from './account.ts';
import type { Answer, Call } from './call.ts';
import { profileJson, relationLinks } from './profile-json.ts';
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
import { notFound } from './refusal.ts';
import { isoTime } from './values.ts';

const TIMES = ['greater-or-equal', 'greater-than', 'less-or-equal', 'less-than'];

/** GET /api/events. */
export function getEvents(call: Call): Answer {
  const rules = { metric_id: ['equals'], profile_id: ['equals'], datetime: TIMES, timestamp: TIMES };
  const filters = readFilters(call, rules);
  const size = pageSize(call, { max: 1_000, usual: 200 });
  const page = pageOf(call, sorted(call), size, (event) =>
    matchesFilters(filters, (field) => fieldOf(event, field)),
  );
  const wanted = readNames(call, 'include', ['profile', 'metric', 'attributions']);
  const data = page.items.map((event) => eventJson(call, event));
  return { status: 200, body: { data, ...included(call, page.items, wanted), links: page.links } };
}

/** GET /api/events/{id}. */
export function getEvent(call: Call): Answer {
  const event = call.account.events.find(({ id }) => id === call.params.id);
  if (event === undefined) {
    throw notFound(`An event with id ${call.params.id} does not exist.`);
  }
  const wanted = readNames(call, 'include', ['profile', 'metric', 'attributions']);
  const links = { self: selfLink(call) };
  return { status: 200, body: { data: eventJson(call, event), ...included(call, [event], wanted), links } };
}

/** GET /api/metrics: cursor only, 200 a page. */
export function getMetrics(call: Call): Answer {
  const filters = readFilters(call, { 'integration.name': ['equals'], 'integration.category': ['equals'] });
  const page = pageOf(call, [...call.account.metrics.values()], 200, () =>
    matchesFilters(filters, () => 'API'),
  );
  return {
    status: 200,
    body: { data: page.items.map((metric) => metricJson(call, metric)), links: page.links },
  };
}

/** GET /api/metrics/{id}. */
export function getMetric(call: Call): Answer {
  const metric = [...call.account.metrics.values()].find(({ id }) => id === call.params.id);
  if (metric === undefined) {
    throw notFound(`A metric with id ${call.params.id} does not exist.`);
  }
  return { status: 200, body: { data: metricJson(call, metric), links: { self: selfLink(call) } } };
}

function sorted(call: Call): RecordedEvent[] {
  const sort = call.query.get('sort');
  if (sort === null) {
    return call.account.events;
  }
  const sign = sort.startsWith('-') ? -1 : 1;
  return [...call.account.events].sort((a, b) => sign * (a.at - b.at));
}

function fieldOf(event: RecordedEvent, field: string): string | number {
  switch (field) {
    case 'metric_id':
      return event.metric.id;
    case 'profile_id':
      return event.profile.id;
    case 'timestamp':
      return event.at / 1000;
    default:
      return event.at;
  }
}

function eventJson(call: Call, event: RecordedEvent): unknown {
  const self = `${call.origin}/api/events/${event.id}/`;
  const attributes = {
    timestamp: event.at / 1000,
    event_properties: {
      ...event.properties,
      $event_id: event.uniqueId,
      ...(event.value === null ? {} : { $value: event.value }),
      ...(event.currency === null ? {} : { $value_currency: event.currency }),
    },
    datetime: isoTime(event.at),
    uuid: event.id,
  };
  return {
    type: 'event',
    id: event.id,
    attributes: pickFields(attributes, sparseFields(call, 'event'), 'event'),
    relationships: {
      profile: { data: { type: 'profile', id: event.profile.id }, links: relationLinks(self, 'profile') },
      metric: { data: { type: 'metric', id: event.metric.id }, links: relationLinks(self, 'metric') },
      attributions: { data: [], links: relationLinks(self, 'attributions') },
    },
    links: { self },
  };
}

function metricJson(call: Call, metric: Metric): unknown {
  const self = `${call.origin}/api/metrics/${metric.id}/`;
  const attributes = {
    name: metric.name,
    created: isoTime(metric.createdAt),
    updated: isoTime(metric.createdAt),
    integration: { object: 'integration', id: '0rG4eQ', name: 'API', category: 'API' },
  };
  return {
    type: 'metric',
    id: metric.id,
    attributes: pickFields(attributes, sparseFields(call, 'metric'), 'metric'),
    relationships: { 'flow-triggers': { links: relationLinks(self, 'flow-triggers') } },
    links: { self },
  };
}

function included(call: Call, events: RecordedEvent[], wanted: string[]): { included?: unknown[] } {
  if (wanted.length === 0) {
    return {};
  }
  const profiles = wanted.includes('profile') ? new Set(events.map((event) => event.profile)) : [];
  const metrics = wanted.includes('metric') ? new Set(events.map((event) => event.metric)) : [];
  return {
    included: [
      ...[...profiles].map((profile) => profileJson(call, profile)),
      ...[...metrics].map((metric) => metricJson(call, metric)),
    ],
  };
}
