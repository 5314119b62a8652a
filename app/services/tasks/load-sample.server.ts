import { z } from 'zod';
import { importConnection } from '../../pipeline/import-connection.ts';
import { foldFigures } from '../../pipeline/fold-figures.ts';
import { loadConnections } from '../../pipeline/load-connections.ts';
import type { TaskKind } from './task.ts';

/** Imports the sample exports into the shop's sample connection, by the same path as real files. */
export const loadSample: TaskKind<object> = {
  schema: z.object({}),
  async run(ctx, shopId, { connectionId }) {
    const scope = (await loadConnections(ctx, shopId)).find(({ id }) => id === connectionId);
    if (scope === undefined) {
      return 'The sample data was removed meanwhile.';
    }
    await ctx.db.withLock(`connection ${scope.id}`, () =>
      importConnection(ctx, shopId, { scope, openSftp: () => ctx.openSampleFiles(scope.directory) }),
    );
    await foldFigures(ctx, shopId, { connectionId: scope.id });
    return 'The sample data is ready.';
  },
};
