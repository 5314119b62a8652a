import { RECORD_KINDS, type RecordKind } from './records.ts';

/** What the name of a file tells, or a sentence about what is wrong with it. `stamp` is ISO-8601 in UTC. */
export type FileName = { ok: true; kind: RecordKind; stamp: string } | { ok: false; problem: string };

const EXAMPLE = 'customers_20260131T201500Z.csv';
const STAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/i;

/**
 * Reads `{customers|orders|rewards}_{YYYYMMDDTHHMMSSZ}.csv`; type, `T`, `Z` and extension in any case.
 * The problem names the first part that does not fit and an example.
 */
export function parseFileName(name: string): FileName {
  const dot = name.lastIndexOf('.');
  const extension = dot < 0 ? '' : name.slice(dot + 1);
  if (extension.toLowerCase() !== 'csv') {
    const what = extension === '' ? 'has no extension' : `ends with ".${extension}"`;
    return wrong(name, `${what}; exports end with ".csv"`);
  }
  const stem = name.slice(0, dot);
  const line = stem.indexOf('_');
  if (line < 0) {
    return wrong(name, 'has no "_" between type and date');
  }
  const type = stem.slice(0, line).toLowerCase();
  const kind = RECORD_KINDS.find((one) => one === type);
  if (kind === undefined) {
    return wrong(
      name,
      `starts with "${stem.slice(0, line)}"; it must start with customers, orders or rewards`,
    );
  }
  const stamp = readStamp(stem.slice(line + 1));
  if (stamp === null) {
    return wrong(name, `has "${stem.slice(line + 1)}" where a UTC time like 20260131T201500Z belongs`);
  }
  return { ok: true, kind, stamp };
}

function wrong(name: string, what: string): FileName {
  return { ok: false, problem: `The name "${name}" ${what}. Example: ${EXAMPLE}.` };
}

function readStamp(text: string): string | null {
  const [, year, month, day, hour, minute, second] = STAMP.exec(text) ?? [];
  if (second === undefined) {
    return null;
  }
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(iso);
  // The 31st of February would roll over silently: a real time comes back as it went in.
  return !Number.isNaN(time.getTime()) && time.toISOString() === iso ? iso : null;
}

/** Order in which the files of a connection are worked: stamp, then customers, orders, rewards, then name. */
export function compareWorkOrder(
  a: { stamp: string; kind: RecordKind; name: string },
  b: { stamp: string; kind: RecordKind; name: string },
): number {
  const byStamp = Date.parse(a.stamp) - Date.parse(b.stamp);
  if (byStamp !== 0) {
    return byStamp;
  }
  const byKind = RECORD_KINDS.indexOf(a.kind) - RECORD_KINDS.indexOf(b.kind);
  return byKind !== 0 ? byKind : a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
