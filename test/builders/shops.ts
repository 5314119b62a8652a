import type { Database } from '#app/context.ts';
import type { RecordStatus } from '#app/domain/records.ts';

/** A shop with one connection, as `apply` would leave it. */
export async function createShop(
  db: Database,
  domain: string,
  connection: { name?: string; directory?: string; mode?: string; paused?: boolean } = {},
): Promise<{ shopId: string; connectionId: string }> {
  const shop = await db.prisma.shop.create({
    data: {
      domain,
      settings: { create: { timezone: 'Australia/Sydney' } },
      connections: {
        create: {
          name: connection.name ?? 'Klaviyo AU',
          directory: connection.directory ?? '/pending/au',
          mode: connection.mode ?? 'production',
          paused: connection.paused ?? false,
          sealedKey: 'v1.test',
          keyLast4: 'a1b2',
          eventSeed: domain,
          events: {},
        },
      },
    },
    select: { id: true, connections: { select: { id: true } } },
  });
  const connectionId = shop.connections[0]?.id;
  if (connectionId === undefined) {
    throw new Error('the shop was created without its connection');
  }
  return { shopId: shop.id, connectionId };
}

/** As many customers as named, with that status. */
export async function createCustomers(
  db: Database,
  owner: { shopId: string; connectionId: string },
  counts: Partial<Record<RecordStatus, number>>,
): Promise<void> {
  const rows = Object.entries(counts).flatMap(([status, count]) =>
    Array.from({ length: count }, (_, index) => ({
      ...owner,
      externalId: `${status}-${index}`,
      source: {},
      sourceHash: 'source',
      rulesHash: 'rules',
      status,
    })),
  );
  await db.prisma.customer.createMany({ data: rows });
}

/** A file that was seen in the connection's folder; with `rows` it has a run. */
export async function createFile(
  db: Database,
  owner: { shopId: string; connectionId: string },
  file: {
    name: string;
    status: string;
    lane?: string;
    problem?: string;
    seenAt?: Date;
    rows?: {
      read: number;
      created: number;
      changed?: number;
      unchanged?: number;
      folded?: number;
      rejected?: number;
    };
  },
): Promise<void> {
  const created = await db.prisma.sourceFile.create({
    data: {
      ...owner,
      lane: file.lane ?? 'pending',
      path: `/pending/${file.name}`,
      name: file.name,
      size: 1,
      modifiedAt: new Date('2026-01-01T00:00:00Z'),
      status: file.status,
      problem: file.problem === undefined ? undefined : { message: file.problem },
      firstSeenAt: file.seenAt ?? new Date('2026-01-01T00:00:00Z'),
    },
    select: { id: true },
  });
  if (file.rows !== undefined) {
    await db.prisma.importRun.create({
      data: { ...owner, fileId: created.id, status: 'settled', rules: {}, rulesHash: 'rules', ...file.rows },
    });
  }
}
