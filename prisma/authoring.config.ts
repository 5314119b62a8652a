import { PrismaPg } from '@prisma/adapter-pg';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { defineConfig } from 'prisma/config';

/**
 * For people who write migrations, see README.md: `prisma migrate diff` and `migrate status` with the engine inside the
 * package, where Prisma's binary cannot be downloaded. The application itself never reads this file.
 */
const databaseUrl = process.env.DATABASE_URL ?? '';

/** Catalogue types that the engine does not know, as the nearest that it does: "char", name, name[]… are text. */
const READ_AS: Record<number, number> = { 18: 25, 19: 25, 22: 25, 194: 25, 1002: 1009, 1003: 1009, 2205: 25 };

type ArrayResult = { fields: { name: string; dataTypeID: number }[]; rows: unknown[][] };

function adapted(result: ArrayResult): ArrayResult {
  for (const field of result.fields ?? []) {
    field.dataTypeID = READ_AS[field.dataTypeID] ?? field.dataTypeID;
  }
  // Check constraints (and NOT NULL ones, which PostgreSQL 18 lists beside them) are no part of a Prisma schema, and the
  // engine stops at their one-letter type.
  if ((result.fields ?? []).some((field) => field.name === 'constraint_type')) {
    result.rows = [];
  }
  return result;
}

class AdaptedClient extends pg.Client {
  override query(...parameters: unknown[]): never {
    const last = parameters.at(-1);
    if (typeof last === 'function') {
      // The pool calls with a callback, a transaction with a promise.
      parameters[parameters.length - 1] = (error: unknown, result: ArrayResult | undefined) =>
        last(error, result && adapted(result));
    }
    const answer = Reflect.apply(super.query, this, parameters) as unknown;
    return (answer instanceof Promise ? answer.then(adapted) : answer) as never;
  }
}

function adapterOf(url: string): PrismaPg {
  const pool = new pg.Pool({ connectionString: url, Client: AdaptedClient, idleTimeoutMillis: 200 });
  return new PrismaPg(pool, { disposeExternalPool: true });
}

/** A database of its own in which the engine replays the migrations. */
async function shadow() {
  const name = `shadow_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: databaseUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE "${name}"`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const adapter = await adapterOf(url.toString()).connect();
  const dispose = adapter.dispose.bind(adapter);
  adapter.dispose = async () => {
    await dispose();
    await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`);
    await admin.end();
  };
  return adapter;
}

export default defineConfig({
  schema: './schema.prisma',
  migrations: { path: './migrations' },
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => ({
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => adapterOf(databaseUrl).connect(),
    connectToShadowDb: shadow,
  }),
});
