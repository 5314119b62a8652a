import type { PrismaClient } from '@prisma/client';
import { Session } from '@shopify/shopify-app-remix/server';
import { PrismaSessionStorage } from '@shopify/shopify-app-session-storage-prisma';
import type { Log, Vault } from '../context.ts';
import { sessionPlace } from '../domain/session-place.ts';

type Dependencies = { prisma: PrismaClient; vault: Vault; log: Log };

export type SessionStorage = Pick<
  PrismaSessionStorage<PrismaClient>,
  'storeSession' | 'loadSession' | 'deleteSession' | 'deleteSessions' | 'findSessionsByShop'
>;

/**
 * Shopify's Prisma session storage with the access and the refresh token sealed at rest.
 * A session whose tokens cannot be opened any more (its key is gone) counts as absent: Shopify then gives a new one.
 */
export function sealedSessionStorage({ prisma, vault, log }: Dependencies): SessionStorage {
  let storage: PrismaSessionStorage<PrismaClient> | undefined;

  // Built at first use and thrown away when it fails: the library looks for its table in the constructor and, after
  // one failure, refuses for ever.
  async function ask<Result>(question: (to: PrismaSessionStorage<PrismaClient>) => Promise<Result>) {
    storage ??= new PrismaSessionStorage(prisma, { connectionRetries: 1, connectionRetryIntervalMs: 0 });
    try {
      return await question(storage);
    } catch (error) {
      storage = undefined;
      throw error;
    }
  }

  function opened(session: Session): Session | undefined {
    try {
      return withTokens(session, (token) => vault.open(token, sessionPlace(session.id)));
    } catch {
      log.warn(
        { session: session.id },
        'the tokens of a Shopify session cannot be opened: asking for new ones',
      );
      return undefined;
    }
  }

  return {
    storeSession(session) {
      const sealed = withTokens(session, (token) => vault.seal(token, sessionPlace(session.id)));
      return ask((to) => to.storeSession(sealed));
    },
    async loadSession(id) {
      const session = await ask((to) => to.loadSession(id));
      return session === undefined ? undefined : opened(session);
    },
    deleteSession: (id) => ask((to) => to.deleteSession(id)),
    deleteSessions: (ids) => ask((to) => to.deleteSessions(ids)),
    async findSessionsByShop(shop) {
      const sessions = await ask((to) => to.findSessionsByShop(shop));
      return sessions.map(opened).filter((session) => session !== undefined);
    },
  };
}

function withTokens(session: Session, change: (token: string) => string): Session {
  const { accessToken, refreshToken, ...rest } = session.toObject();
  return new Session({
    ...rest,
    accessToken: accessToken ? change(accessToken) : undefined,
    refreshToken: refreshToken ? change(refreshToken) : undefined,
  });
}
