import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { RECORD_KINDS, type RecordKind } from '#app/domain/records.ts';
import { createChanges } from './changes.ts';
import { fileNameOf } from './days.ts';
import { createIdentities } from './identities.ts';
import { readMemory, writeMemory } from './memory.ts';
import { noOrders, orderRows, type OrderCounts } from './orders.ts';
import { customerRows, noCustomers, type CustomerCounts } from './people.ts';
import { makePlan, type GenerateOptions } from './plan.ts';
import { noRewards, rewardRows, type RewardCounts } from './rewards.ts';
import { writeRows } from './write-files.ts';

export type { GenerateOptions, GenerateProgress } from './plan.ts';

type GeneratedFile = { kind: RecordKind; name: string; path: string; rows: number; bytes: number };
export type GeneratedFiles = {
  seed: number;
  /** 0 = the first export. */
  day: number;
  /** No file for a kind of which none was wanted. */
  files: GeneratedFile[];
  customers: CustomerCounts;
  orders: OrderCounts;
  rewards: RewardCounts;
};

/**
 * Writes one day's Apparel21 exports (a full customers file, the day's orders and rewards) into `outDir`. The same
 * options give the same bytes; no clock and no other randomness are involved, and memory does not grow with the rows.
 *
 * With `change` the day follows the last one in the folder: exactly round(change × customers) of its rows differ from the
 * day before, `newCustomers` follow at the end, all others are the same to the byte; orders and rewards are new ones.
 * Errors: AppError `wrong_use`.
 */
export async function generateExports(options: GenerateOptions): Promise<GeneratedFiles> {
  const dir = path.resolve(options.outDir);
  await mkdir(dir, { recursive: true });
  const plan = makePlan(options, await readMemory(dir), await readdir(dir));
  const changes = createChanges(plan);
  const identities = createIdentities(plan);
  const customers = noCustomers();
  const orders = noOrders();
  const rewards = noRewards();
  const contents: Record<
    RecordKind,
    { rows: Iterable<string>; total: number; written: () => { rows: number; done: number } }
  > = {
    customers: {
      rows: customerRows(plan, changes, identities, customers),
      total: changes.rowCount,
      written: () => ({ rows: customers.rows, done: customers.rows }),
    },
    orders: {
      rows: orderRows(plan, changes, identities, orders),
      total: plan.orders,
      written: () => ({ rows: orders.rows, done: orders.orders }),
    },
    rewards: {
      rows: rewardRows(plan, changes, identities, rewards),
      total: plan.rewards,
      written: () => ({ rows: rewards.rows, done: rewards.rows }),
    },
  };
  const files: GeneratedFile[] = [];
  for (const kind of RECORD_KINDS) {
    const { rows, total, written } = contents[kind];
    if (total === 0) {
      continue;
    }
    const name = fileNameOf(plan.seed, kind, plan.day);
    const bytes = await writeRows({
      dir,
      name,
      rows,
      newline: plan.newline,
      encoding: plan.encoding,
      onChunk: () => options.onProgress?.({ kind, done: written().done, total }),
    });
    files.push({ kind, name, path: path.join(dir, name), rows: written().rows, bytes });
  }
  const { day, ...memory } = plan;
  await writeMemory(dir, memory);
  return { seed: plan.seed, day, files, customers, orders, rewards };
}
