import { DateTime } from 'luxon';
import type { RecordKind } from '../records.ts';
import { appLink, shopName, type AppAddress } from './app-link.ts';
import type { DigestPace } from './digest-pace.ts';
import { FOOTER } from './footer.ts';
import { writeMail, type MailBlock, type WrittenMail } from './mail-content.ts';

/** Hour of the shop's own day. */
const HOUR = 7;

/** When the latest digest fell due, and the days it is about, both inclusive (`2026-01-31`). */
export type DigestTurn = { dueAt: Date; from: string; to: string };

/** Every day, or every Monday, at seven in the morning where the shop is; about the day before, or the seven days before. */
export function digestTurn(input: {
  pace: Exclude<DigestPace, 'off'>;
  timezone: string;
  now: Date;
}): DigestTurn {
  const local = DateTime.fromJSDate(input.now, { zone: input.timezone });
  const isDaily = input.pace === 'daily';
  const today = local.startOf(isDaily ? 'day' : 'week').set({ hour: HOUR });
  const due = today > local ? today.minus(isDaily ? { days: 1 } : { weeks: 1 }) : today;
  return {
    dueAt: due.toJSDate(),
    from: due.minus({ days: isDaily ? 1 : 7 }).toFormat('yyyy-MM-dd'),
    to: due.minus({ days: 1 }).toFormat('yyyy-MM-dd'),
  };
}

export type DigestConnection = {
  name: string;
  isPaused: boolean;
  /** Over the days of the digest. */
  kinds: { kind: RecordKind; synced: number; failed: number }[];
  files: number;
  /** As it stands now. */
  standing: { pending: number; waiting: number; failed: number; heldFiles: number };
};

export type Digest = {
  from: string;
  to: string;
  connections: DigestConnection[];
  /** What is wrong, in the merchant's words, oldest first. */
  alerts: string[];
  /** Files that should have come and did not. */
  missing: string[];
};

const MOST_SHOWN = 20;

/** What happened in a shop, and what is open. */
export function digestMail(input: { shop: string; address: AppAddress; digest: Digest }): WrittenMail {
  const { shop, address, digest } = input;
  const open = digest.alerts.length + digest.missing.length;
  const outcome =
    open === 0 ? 'nothing needs you' : `${open} ${open === 1 ? 'thing needs' : 'things need'} you`;
  return writeMail({
    subject: `${shopName(shop)}: ${daysInWords(digest)} in Threadline, ${outcome}`,
    blocks: [
      ...listOf('Needs you', digest.alerts),
      ...listOf('Files that have not come', digest.missing),
      ...digest.connections.flatMap(connectionBlocks),
      { kind: 'link', label: 'Open Threadline', url: appLink(address, shop, '/app') },
      FOOTER,
    ],
  });
}

function listOf(title: string, items: string[]): MailBlock[] {
  if (items.length === 0) {
    return [];
  }
  const more = items.length - MOST_SHOWN;
  return [
    { kind: 'heading', text: title },
    { kind: 'items', items: [...items.slice(0, MOST_SHOWN), ...(more > 0 ? [`${more} more`] : [])] },
  ];
}

function connectionBlocks({ name, isPaused, kinds, files, standing }: DigestConnection): MailBlock[] {
  const { pending, waiting, failed, heldFiles } = standing;
  const busy = kinds.filter((one) => one.synced + one.failed > 0);
  return [
    { kind: 'heading', text: isPaused ? `${name} (paused)` : name },
    {
      kind: 'items',
      items: [
        `Files that came: ${count(files)}`,
        ...busy.map(
          (one) =>
            `${capital(one.kind)}: ${count(one.synced)} synced${one.failed > 0 ? `, ${count(one.failed)} failed` : ''}`,
        ),
        ...(busy.length === 0 ? ['No record was synced'] : []),
        ...(pending > 0 ? [`Now not sent yet: ${count(pending)}`] : []),
        ...(waiting > 0 ? [`Now waiting for their customer: ${count(waiting)}`] : []),
        ...(failed > 0 ? [`Now failed: ${count(failed)}`] : []),
        ...(heldFiles > 0 ? [`Held files: ${count(heldFiles)}`] : []),
      ],
    },
  ];
}

function daysInWords({ from, to }: Digest): string {
  const words = (day: string) => DateTime.fromISO(day, { zone: 'UTC' }).setLocale('en').toFormat('d LLL');
  return from === to ? words(from) : `${words(from)} to ${words(to)}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function count(number: number): string {
  return new Intl.NumberFormat('en').format(number);
}
