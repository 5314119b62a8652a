#!/usr/bin/env node
// The door of the command line: makes sure that everything is installed, then hands over to main.ts.
import { setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../install.mjs';

ensureInstalled();

const { register } = await import('tsx/esm/api');
// The project's own settings, wherever the command is called from.
register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
// Everything is closed by now. A connection that somebody forgot must not keep a finished command alive.
setTimeout(() => process.exit(), 2_000).unref();
