#!/usr/bin/env node
// The door of the command line: makes sure that everything is installed, then hands over to main.ts.
import { setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { ensureInstalled } from '../install.mjs';

// Collect garbage early rather than let the heap grow to several times what is in use: a pass over a million rows stays
// far below 400 MB this way.
setFlagsFromString('--heap-growing-percent=30');

ensureInstalled();

const { register } = await import('tsx/esm/api');
// The project's own settings, wherever the command is called from.
register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
// Everything is closed by now. A connection that somebody forgot must not keep a finished command alive.
setTimeout(() => process.exit(), 2_000).unref();
