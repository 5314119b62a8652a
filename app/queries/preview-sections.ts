import type { JsonObject, JsonValue } from '../domain/records.ts';
import type { PreviewReport } from '../pipeline/preview-file.ts';

/** A value that would be sent; `before` = what Klaviyo was sent last, missing for what is new. */
export type PreviewFact = { name: string; before?: string; after: string };
export type PreviewItem = { title: string; line: number | null; note: string | null; facts: PreviewFact[] };
/** One kind of what a file would do: how often in all, and samples. */
export type PreviewSection = { id: string; title: string; count: number; items: PreviewItem[] };

const BLANK = '(blank)';
/** Longer values are cut: a page is for reading. */
const LONGEST = 200;

/** What a file of the test lane would do, in the merchant's words. Sections without samples are left out. */
export function previewSections(report: PreviewReport): PreviewSection[] {
  const isCustomers = report.kind === 'customers';
  const sections: PreviewSection[] = [
    {
      id: 'creates',
      title: isCustomers ? 'New profiles' : `New ${report.kind}`,
      count: report.counts.creates,
      // What a new order or reward sends are its events: they have a section of their own.
      items: isCustomers
        ? report.creates.map(({ key, line, payload }) => item(`Customer ${key}`, line, created(payload)))
        : [],
    },
    {
      id: 'updates',
      title: isCustomers ? 'Changed profiles' : `Changed ${report.kind}`,
      count: report.counts.updates,
      items: report.updates.map(({ key, line, before, after }) =>
        item(`${isCustomers ? 'Customer' : 'Record'} ${key}`, line, differences(before, after)),
      ),
    },
    {
      id: 'consent',
      title: 'Consent changes',
      count: report.counts.consent,
      items: report.consent.map(({ key, line, channel, from, to }) =>
        item(`Customer ${key}`, line, [
          { name: channel === 'email' ? 'E-mail' : 'SMS', before: wish(from), after: wish(to) },
        ]),
      ),
    },
    {
      id: 'events',
      title: 'Events',
      count: report.counts.events,
      items: report.events.map((event) => ({
        ...item(`${event.name} of ${event.key}`, event.line, [
          { name: 'Time', after: event.time },
          ...(event.value === undefined
            ? []
            : [{ name: 'Value', after: `${event.value} ${event.currency ?? ''}`.trim() }]),
          ...factsOf(event.properties).map(([name, after]) => ({ name, after })),
        ]),
        note: event.backfill ? 'History: starts no flow' : null,
      })),
    },
    {
      id: 'skipped',
      title: 'Skipped by a rule',
      count: report.counts.skipped,
      items: report.skipped.map(({ key, line, reason }) => ({ ...item(key, line, []), note: reason })),
    },
    {
      id: 'failed',
      title: 'Would fail',
      count: report.counts.failed,
      items: report.failed.map(({ key, line, message }) => ({ ...item(key, line, []), note: message })),
    },
    {
      id: 'rejected',
      title: 'Rejected rows',
      count: report.rows.rejected,
      items: report.rejected.map(({ line, message }) => remark(line, message)),
    },
    {
      id: 'warnings',
      title: 'Warnings',
      count: report.counts.warnings,
      items: report.warnings.map(({ line, message }) => remark(line, message)),
    },
  ];
  return sections.filter(({ items }) => items.length > 0);
}

function item(title: string, line: number, facts: PreviewFact[]): PreviewItem {
  return { title, line, note: null, facts };
}

function remark(line: number, note: string): PreviewItem {
  return { title: `Line ${line}`, line: null, note, facts: [] };
}

function created(payload: JsonObject): PreviewFact[] {
  return factsOf(payload).map(([name, after]) => ({ name, after }));
}

function differences(before: JsonObject | null, after: JsonObject): PreviewFact[] {
  const old = new Map(before === null ? [] : factsOf(before));
  const now = new Map(factsOf(after));
  return [...new Set([...now.keys(), ...old.keys()])]
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({ name, before: old.get(name) ?? BLANK, after: now.get(name) ?? BLANK }));
}

function wish(text: string | null): string {
  return text === null ? 'no opinion' : text === 'subscribe' ? 'subscribed' : 'unsubscribed';
}

/** Names that Klaviyo shows otherwise than it spells them, in the order in which people look for them. */
const NAMES: Record<string, string> = {
  email: 'E-mail',
  phone_number: 'Phone',
  external_id: 'Id',
  first_name: 'First name',
  last_name: 'Last name',
  organization: 'Organisation',
  title: 'Title',
  locale: 'Locale',
  image: 'Image',
  'location address1': 'Address',
  'location address2': 'Address, second line',
  'location city': 'City',
  'location region': 'Region',
  'location zip': 'Postcode',
  'location country': 'Country',
  list: 'List that a new profile joins',
  unset: 'Properties taken away',
  clear: 'Fields cleared',
};
const ORDER = Object.values(NAMES);

/** The leaves of a payload as people name them: `E-mail`, `City`, `AP21 Person ID`. */
function factsOf(payload: JsonObject): [string, string][] {
  return Object.entries(payload)
    .flatMap(([name, value]) => leaves(PLAIN.has(name) ? '' : name, value))
    .map(([name, value]): [string, string] => [NAMES[name] ?? name, value])
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function rank(name: string): number {
  const index = ORDER.indexOf(name);
  return index < 0 ? ORDER.length : index;
}

/** Parts of a payload that only hold the values. */
const PLAIN = new Set(['attributes', 'properties', 'events']);

function leaves(name: string, value: JsonValue): [string, string][] {
  if (value === null || value === '') {
    return [];
  }
  if (typeof value !== 'object') {
    return [[name, cut(String(value))]];
  }
  if (Array.isArray(value)) {
    const isFlat = value.every((one) => typeof one !== 'object');
    return value.length === 0
      ? []
      : isFlat
        ? [[name, cut(value.join(', '))]]
        : value.flatMap((one, index) => leaves(`${name} ${index + 1}`.trim(), one));
  }
  return Object.entries(value).flatMap(([part, one]) =>
    leaves(PLAIN.has(part) ? name : `${name} ${part}`.trim(), one),
  );
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
