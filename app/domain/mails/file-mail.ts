import { durationInWords } from '../durations.ts';
import type { RecordKind, RecordStatus } from '../records.ts';
import { appLink, shopName, type AppAddress } from './app-link.ts';
import { FOOTER } from './footer.ts';
import { writeMail, type WrittenMail } from './mail-content.ts';

/** What became of a file that was imported. */
export type FileReport = {
  fileId: string;
  name: string;
  connection: string;
  kind: RecordKind;
  rows: {
    read: number;
    created: number;
    changed: number;
    unchanged: number;
    folded: number;
    rejected: number;
  };
  /** Records of the file by status; `isMore` = counted no further. Statuses without records are left out. */
  records: { status: RecordStatus; count: number; isMore: boolean }[];
  /** Events that could start flows in Klaviyo; null = customers, or not counted. */
  flowEvents: number | null;
  /** From the landing to the last answer of Klaviyo; null = records are still on their way. */
  seconds: number | null;
};

/** Whether a person has something to do: rows that were refused here, or records that Klaviyo refused. */
export function hasFailures({ rows, records }: Pick<FileReport, 'rows' | 'records'>): boolean {
  return rows.rejected > 0 || records.some(({ status }) => status === 'failed');
}

/** Whether the file brought anything: one that only repeats what is known is worth no mail. */
export function hasNews({ rows }: Pick<FileReport, 'rows'>): boolean {
  return rows.created + rows.changed + rows.rejected > 0;
}

/** The report of one file: a success, or what went through and what did not. */
export function fileMail(input: { shop: string; address: AppAddress; report: FileReport }): WrittenMail {
  const { shop, address, report } = input;
  const { rows } = report;
  const equation = `${count(rows.read)} rows read = ${count(rows.created)} created + ${count(rows.changed)} changed + ${count(rows.unchanged)} unchanged + ${count(rows.folded)} folded + ${count(rows.rejected)} rejected`;
  return writeMail({
    subject: subjectOf(shop, report),
    blocks: [
      { kind: 'text', text: openingOf(report) },
      {
        kind: 'items',
        items: [
          `File: ${report.name}`,
          `Connection: ${report.connection}`,
          equation,
          ...report.records.map((one) => recordsInWords(one, report.kind)),
          ...(report.flowEvents === null
            ? []
            : [`Events that could start flows: ${count(report.flowEvents)}`]),
          ...(report.seconds === null ? [] : [`Took ${durationInWords(report.seconds)} from its arrival`]),
        ],
      },
      ...(rows.rejected > 0
        ? [
            {
              kind: 'text' as const,
              text: 'Rejected rows are listed on the page of the file with their line and reason. Correct them in Apparel21 and deliver them with the next file.',
            },
          ]
        : []),
      ...(report.records.some(({ status }) => status === 'failed')
        ? [
            {
              kind: 'text' as const,
              text: 'Failed records say why on their page; there they can be corrected and sent again.',
            },
          ]
        : []),
      { kind: 'link', label: 'Open file', url: appLink(address, shop, `/app/files/${report.fileId}`) },
      FOOTER,
    ],
  });
}

function subjectOf(shop: string, report: FileReport): string {
  const failed = report.records.find(({ status }) => status === 'failed');
  const parts = [
    ...(report.rows.rejected > 0 ? [`${count(report.rows.rejected)} rejected`] : []),
    ...(failed === undefined ? [] : [`${amount(failed)} failed`]),
  ];
  const outcome = parts.length > 0 ? parts.join(', ') : report.seconds === null ? 'imported' : 'synced';
  return `${shopName(shop)}: ${report.name} ${outcome}`;
}

function openingOf(report: FileReport): string {
  if (hasFailures(report)) {
    return 'A file was read, and part of it needs a person. Everything else went its way.';
  }
  return report.seconds === null
    ? 'A file was read. Some of its records are not in Klaviyo yet.'
    : 'A file was read and is done: everything it brought is settled.';
}

const STATUS_WORDS: Record<RecordStatus, string> = {
  synced: 'in Klaviyo',
  pending: 'not sent yet',
  sending: 'on their way',
  waiting: 'wait for their customer',
  failed: 'failed',
  skipped: 'skipped by a rule or a person',
  held: 'held',
};

function recordsInWords(one: FileReport['records'][number], kind: RecordKind): string {
  return `${amount(one)} ${one.count === 1 ? kind.slice(0, -1) : kind}: ${STATUS_WORDS[one.status]}`;
}

function amount({ count: counted, isMore }: { count: number; isMore: boolean }): string {
  return isMore ? `more than ${count(counted)}` : count(counted);
}

function count(number: number): string {
  return new Intl.NumberFormat('en').format(number);
}
