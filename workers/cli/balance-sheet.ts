import type { ConnectionPass } from '#app/pipeline/sync-connection.ts';
import type { ConnectionStatus, ShopStatus } from '#app/queries/shop-status.server.ts';
import { KEPT_OUT_CODES } from '#app/domain/consent.ts';
import { RECORD_KINDS } from '#app/domain/records.ts';
import { table } from './output.ts';

/** Problems that a terminal shows one by one for each connection. */
const PROBLEMS_SHOWN = 10;

/**
 * What a shop's connections hold, for people: the balance of every file, the records, the problems. With `passes` what these
 * have sent, without them what each connection does next.
 */
export function balanceSheet(status: ShopStatus, passes?: ConnectionPass[]): string {
  if (status.connections.length === 0) {
    return `${status.shop}: no connections yet. Add one to shop.yaml and run: threadline apply shop.yaml`;
  }
  return status.connections
    .map((connection) => {
      const pass = passes?.find((one) => one.name === connection.name);
      return [
        `${connection.name} (${connection.directory})${connection.paused ? ' · paused' : ''}`,
        filesTable(connection),
        decisionLines(connection),
        keptOutLines(connection),
        recordsTable(connection),
        pass === undefined ? '' : sentLine(pass),
        passes === undefined ? scheduleLines(connection) : '',
        problemLines(connection),
      ]
        .filter((part) => part !== '')
        .join('\n\n');
    })
    .join('\n\n');
}

function filesTable(connection: ConnectionStatus): string {
  if (connection.files.length === 0) {
    return '  No files yet.';
  }
  const rows = connection.files.map(({ name, lane, kind, status, rows: counts, flowEvents, balanced }) => [
    name,
    lane,
    status,
    counts.read,
    counts.created,
    counts.changed,
    counts.unchanged,
    counts.folded,
    counts.rejected,
    balanced ? 'closes' : 'DOES NOT CLOSE',
    kind === 'customers' || kind === null || flowEvents === null ? '' : flowEvents,
  ]);
  const header = [
    'file',
    'lane',
    'status',
    'read =',
    'created +',
    'changed +',
    'unchanged +',
    'folded +',
    'rejected',
    'balance',
    'could start flows',
  ];
  return indent(table(header, rows));
}

/** What a person can do about the files that wait for one. */
function decisionLines({ name, files }: ConnectionStatus): string {
  const held = files
    .filter((file) => file.status === 'held')
    .map((file) => `  ? ${file.name} is held: threadline release ${file.id} · threadline discard ${file.id}`);
  const waiting = files.filter((file) => file.status === 'waiting-for-start').length;
  const start = `  ? ${waiting} files of the bulk lane wait: threadline bulk --connection "${name}"`;
  return [...held, ...(waiting > 0 ? [start] : [])].join('\n');
}

/** Who was not subscribed although Apparel21 says yes. */
function keptOutLines({ files }: ConnectionStatus): string {
  return files
    .flatMap(({ name, warnings }) => {
      const count = KEPT_OUT_CODES.reduce((sum, code) => sum + (warnings[code] ?? 0), 0);
      const people = count === 1 ? '1 person' : `${count} people`;
      return count === 0
        ? []
        : [`  i ${name}: ${people} not subscribed: they left in Klaviyo, or their address bounces`];
    })
    .join('\n');
}

function recordsTable(connection: ConnectionStatus): string {
  const header = [
    'records',
    'all =',
    'synced +',
    'pending +',
    'sending +',
    'waiting +',
    'failed +',
    'skipped +',
    'held',
  ];
  const rows = RECORD_KINDS.map((kind) => {
    const counts = connection.records[kind];
    return [
      kind,
      counts.total,
      counts.synced,
      counts.pending,
      counts.sending,
      counts.waiting,
      counts.failed,
      counts.skipped,
      counts.held,
    ];
  });
  return indent(table(header, rows));
}

/** What is due, what waits for what and until when. */
function scheduleLines({ schedule }: ConnectionStatus): string {
  return schedule === null
    ? ''
    : [
        ...schedule.intake.map(({ text }, place) => `  ${place === 0 ? 'Files   ' : '        '} ${text}`),
        ...schedule.push.map(({ text }, place) => `  ${place === 0 ? 'Klaviyo ' : '        '} ${text}`),
      ].join('\n');
}

function sentLine({ sent, requests }: ConnectionPass): string {
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0);
  return `  Sent: ${sent.profiles} profiles, ${sent.subscribes} subscribed, ${sent.unsubscribes} unsubscribed, ${sent.events} events · ${total} requests, ${requests.reads} of them reads`;
}

function problemLines(connection: ConnectionStatus): string {
  if (connection.problems.length === 0) {
    return '';
  }
  const lines = connection.problems.slice(0, PROBLEMS_SHOWN).map(({ file, line, column, message }) => {
    const place = [file, line === null ? null : `line ${line}`, column]
      .filter((part) => part !== null)
      .join(', ');
    return `  ! ${place === '' ? '' : `${place}: `}${message}`;
  });
  const more = connection.problems.length - lines.length;
  return [...lines, ...(more > 0 ? [`  … and ${more} more: threadline status --json`] : [])].join('\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
