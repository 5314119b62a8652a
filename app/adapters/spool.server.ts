import { mkdirSync } from 'node:fs';
import { access, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SpoolPort } from '#app/domain/ports/spool.ts';

/** The folder `spool/` of the data directory: merchants' exports, so private to us. */
export function openSpool(dataDir: string): SpoolPort {
  const folder = path.join(path.resolve(dataDir), 'spool');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    pathOf(fileId) {
      if (!/^[A-Za-z0-9_-]+$/.test(fileId)) {
        throw new TypeError(`not an id of a file: ${fileId}`);
      }
      return path.join(folder, `${fileId}.csv`);
    },
    async exists(file) {
      return access(file).then(
        () => true,
        () => false,
      );
    },
    async remove(file) {
      if (path.dirname(path.resolve(file)) !== folder) {
        throw new TypeError(`not in the spool: ${file}`);
      }
      await rm(file, { force: true });
    },
    async list() {
      const names = await readdir(folder);
      const found = await Promise.all(
        names.map(async (name) => {
          const file = path.join(folder, name);
          // Another process of this machine may take a file away meanwhile.
          const stats = await stat(file).catch(() => null);
          return stats?.isFile() === true
            ? [{ path: file, fileId: name.split('.', 1)[0] ?? '', modifiedAtMs: stats.mtimeMs }]
            : [];
        }),
      );
      return found.flat();
    },
  };
}
