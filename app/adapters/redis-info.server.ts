import { Redis } from 'ioredis';

export type RedisInfo = { version: string; evictionPolicy: string | null };

const PATIENCE_MS = 5_000;

/** What a Redis says of itself. Null = it does not answer, or not as Redis does. */
export async function readRedisInfo(url: string): Promise<RedisInfo | null> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined); // what is awaited reports it
  try {
    await redis.connect();
    const info = await redis.info();
    const version = /^redis_version:(\S+)/m.exec(info)?.[1];
    return version === undefined
      ? null
      : { version, evictionPolicy: /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? null };
  } catch {
    return null;
  } finally {
    redis.disconnect();
  }
}
