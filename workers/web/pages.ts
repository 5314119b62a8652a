import { stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServerBuild } from '@remix-run/node';
import type { RequestHandler } from 'express';
import express, { Router } from 'express';
import { AppError } from '#app/domain/errors.ts';

export type Pages = {
  /** Serves the files that browsers load. */
  files: RequestHandler;
  build: ServerBuild | (() => Promise<ServerBuild>);
  /** Outside `production` Remix shows the text of errors to the browser. */
  mode: 'production' | 'development';
  close(): Promise<void>;
};

const ROOT = join(import.meta.dirname, '../..');
const CLIENT_DIRECTORY = join(ROOT, 'build/client');
export const SERVER_FILE = join(ROOT, 'build/server/index.js');

/** The pages as `npm run build` compiled them. AppError `web_build_missing` when it was never run. */
export async function builtPages(): Promise<Pages> {
  const file = await stat(SERVER_FILE).catch(() => null);
  if (file === null) {
    throw new AppError({
      code: 'web_build_missing',
      retry: 'person',
      message: `${SERVER_FILE} does not exist`,
      hint: 'The pages are not built yet. Run `npm run build` once, then start again.',
    });
  }
  // Node keeps a module for ever: the time in the address makes a newer build another module.
  const build: ServerBuild = await import(`${pathToFileURL(SERVER_FILE).href}?built=${file.mtimeMs}`);
  return { files: serveFiles(), build, mode: 'production', close: async () => {} };
}

/** The pages straight from their sources, for development: a change shows without a build. Needs the dev dependencies. */
export async function watchedPages(server: Server): Promise<Pages> {
  const { createServer } = await import('vite');
  const vite = await createServer({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    appType: 'custom',
    server: { middlewareMode: true, hmr: { server } },
  });
  return {
    files: vite.middlewares,
    build: async () => (await vite.ssrLoadModule('virtual:remix/server-build')) as ServerBuild,
    mode: 'development',
    close: () => vite.close(),
  };
}

// The names of assets hold a hash of their content. Compression is the business of the proxy in front.
function serveFiles(): RequestHandler {
  const files = Router();
  files.use(
    '/assets',
    express.static(join(CLIENT_DIRECTORY, 'assets'), { immutable: true, maxAge: '1y', index: false }),
    (_request, answer) => {
      answer.status(404).type('text').send('No such asset. Reload the page: Threadline was updated.');
    },
  );
  files.use(express.static(CLIENT_DIRECTORY, { maxAge: '1h', index: false }));
  return files;
}
