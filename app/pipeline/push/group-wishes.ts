import { CONFIRMATION_ASKED, CONFIRMATION_POSSIBLE, type ConsentDecision } from '../../domain/consent.ts';
import type { ConsentChannel, ConsentWish } from '../../domain/records.ts';
import type { BatchGrouping } from './push.ts';

/** Klaviyo's own limits of one request. */
const SUBSCRIBES_PER_BATCH = 1_000;
const UNSUBSCRIBES_PER_BATCH = 100;

type DecidedWish = {
  row: { id: string; list_name: string | null; consent_source: string | null; consent_at: Date | null };
  channel: ConsentChannel;
  wish: ConsentWish;
  decision: ConsentDecision;
};

type Group = {
  kind: 'subscribe' | 'unsubscribe';
  grouping: BatchGrouping;
  items: { id: string; part: string; wish: string }[];
};

const ASKS_FIRST: readonly string[] = [CONFIRMATION_ASKED, CONFIRMATION_POSSIBLE];

/** Requests share list, source and history flag; an unsubscribe names none of them. Channels never mix. */
export function groupWishes(decided: readonly DecidedWish[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { row, channel, wish, decision } of decided) {
    if (decision.action === 'none') {
      continue;
    }
    const grouping: BatchGrouping =
      decision.action === 'subscribe'
        ? {
            list: row.list_name,
            source: row.consent_source,
            historical: row.consent_at !== null,
            ...(ASKS_FIRST.includes(decision.code) ? { asksFirst: true } : {}),
          }
        : {};
    const key = JSON.stringify([decision.action, channel, grouping]);
    const group = groups.get(key) ?? { kind: decision.action, grouping, items: [] };
    group.items.push({ id: row.id, part: `consent.${channel}`, wish });
    groups.set(key, group);
  }
  return [...groups.values()].flatMap((group) => {
    const size = group.kind === 'subscribe' ? SUBSCRIBES_PER_BATCH : UNSUBSCRIBES_PER_BATCH;
    return Array.from({ length: Math.ceil(group.items.length / size) }, (_, part) => ({
      ...group,
      items: group.items.slice(part * size, (part + 1) * size),
    }));
  });
}
