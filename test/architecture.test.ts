import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

type Import = { from: string; to: string; isTypeOnly: boolean };

const sources = ['app', 'workers']
  .flatMap((folder) => filesBelow(folder))
  .filter((file) => /\.tsx?$/.test(file));
const imports = sources.flatMap(importsOf);

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)));
}

/** Imports of a file: ours as paths from the root, others as package names. */
function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s)?'([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\('([^']+)'\)/g);
  return [
    ...[...statements].map(([, type, target]) => toImport(file, target ?? '', type !== undefined)),
    ...[...dynamic].map(([, target]) => toImport(file, target ?? '', true)),
  ];
}

function toImport(from: string, target: string, isTypeOnly: boolean): Import {
  if (target.startsWith('.')) {
    return { from, to: path.join(path.dirname(from), target), isTypeOnly };
  }
  const ours = /^#(app|workers|test)\/(.+)$/.exec(target);
  return { from, to: ours === null ? target : `${ours[1]}/${ours[2]}`, isTypeOnly };
}

function room(file: string): string {
  const [top, second] = file.split('/');
  return second === undefined || second.includes('.') ? (top ?? '') : `${top}/${second}`;
}

function offenders(inRoom: string, isForbidden: (one: Import) => boolean): string[] {
  return imports
    .filter((one) => one.from.startsWith(`${inRoom}/`) && isForbidden(one))
    .map((one) => `${one.from} imports ${one.to}`);
}

const isOurs = (to: string) => /^(app|workers|test)\//.test(to);

test('the domain imports only itself and pure libraries: no I/O, no clock, no environment', () => {
  const allowed = new Set(['zod', 'liquidjs', 'luxon', 'yaml']);
  const found = offenders('app/domain', ({ from, to }) => {
    if (isOurs(to)) {
      return !to.startsWith('app/domain/');
    }
    return (
      !allowed.has(to) &&
      !to.startsWith('libphonenumber-js') &&
      !(to === 'node:crypto' && from === 'app/domain/hash.ts')
    );
  });
  expect(found).toEqual([]);
});

test('the domain reads no clock, no random numbers, no environment and no files', () => {
  const found = sources
    .filter((file) => file.startsWith('app/domain/'))
    .filter((file) =>
      /\bprocess\.|Math\.random|Date\.now|new Date\(\)|DateTime\.(now|local|utc)\(\)|\bfetch\(/.test(
        readFileSync(path.join(ROOT, file), 'utf8'),
      ),
    );
  expect(found).toEqual([]);
});

test('an adapter imports libraries and domain types: never the pipeline, a service, a query or a route', () => {
  expect(
    offenders(
      'app/adapters',
      ({ to, isTypeOnly }) =>
        isOurs(to) &&
        !/^app\/(domain|adapters)\//.test(to) &&
        !(isTypeOnly && /^app\/(context|config\.server)\.ts$/.test(to)),
    ).filter((line) => !/imports app\/(context|config\.server)\.ts/.test(line)),
  ).toEqual([]);
});

test.each(['app/pipeline', 'app/services', 'app/queries'])(
  '%s imports the domain and the Context type: no adapter by value, no React, no Remix, no queue library',
  (inRoom) => {
    const found = offenders(inRoom, ({ to, isTypeOnly }) => {
      if (to.startsWith('app/adapters/')) {
        return !isTypeOnly;
      }
      if (isOurs(to)) {
        return /^(workers|test)\/|^app\/(routes|components)\//.test(to);
      }
      return /^(react|@remix-run|@shopify|bullmq|ioredis|pg|ssh2|undici|papaparse)/.test(to);
    });
    expect(found).toEqual([]);
  },
);

test('a query writes nothing: its SQL only reads', () => {
  const found = sources
    .filter((file) => file.startsWith('app/queries/'))
    .filter((file) =>
      /`\s*(INSERT|UPDATE|DELETE)\b|'(INSERT|UPDATE|DELETE)\b|prisma\.\w+\.(create|update|upsert|delete)(Many)?\(/.test(
        readFileSync(path.join(ROOT, file), 'utf8'),
      ),
    );
  expect(found).toEqual([]);
});

test('a route is HTTP only: services, queries and components, no adapter, no pipeline, no Prisma', () => {
  const found = offenders(
    'app/routes',
    ({ to, isTypeOnly }) =>
      !isTypeOnly &&
      (/^app\/(adapters|pipeline)\//.test(to) || /^(@prisma|pg$)/.test(to) || /^(workers|test)\//.test(to)),
  );
  expect(found).toEqual([]);
});

test('a route has 120 lines at most', () => {
  const long = sources
    .filter((file) => file.startsWith('app/routes/'))
    .filter((file) => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length > 121);
  expect(long).toEqual([]);
});

test('a component runs in the browser: no server module', () => {
  expect(
    offenders(
      'app/components',
      ({ to, isTypeOnly }) => !isTypeOnly && (/\.server\./.test(to) || to.startsWith('node:')),
    ),
  ).toEqual([]);
});

test('app never imports workers or test; workers never import routes or components', () => {
  expect(offenders('app', ({ to }) => /^(workers|test)\//.test(to))).toEqual([]);
  expect(offenders('workers', ({ to }) => /^(test|app\/routes|app\/components)\//.test(to))).toEqual([]);
});

test('process.env is read in app/config.server.ts only', () => {
  const found = sources
    .filter((file) => file.startsWith('app/') && file !== 'app/config.server.ts')
    .filter((file) => /\bprocess\.env\b/.test(readFileSync(path.join(ROOT, file), 'utf8')));
  expect(found).toEqual([]);
});

test('no file imports itself in a circle', () => {
  const graph = new Map<string, string[]>();
  for (const { from, to, isTypeOnly } of imports) {
    if (isOurs(to) && !isTypeOnly) {
      graph.set(from, [...(graph.get(from) ?? []), to]);
    }
  }
  const done = new Set<string>();
  const circles: string[] = [];
  function visit(file: string, trail: string[]): void {
    if (trail.includes(file)) {
      circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
      return;
    }
    if (!done.has(file)) {
      (graph.get(file) ?? []).forEach((next) => visit(next, [...trail, file]));
      done.add(file);
    }
  }
  [...graph.keys()].forEach((file) => visit(file, []));
  expect(circles).toEqual([]);
});

test('every room has a short README', () => {
  const rooms = [...new Set(sources.map(room))].filter((one) => one.includes('/') && one.startsWith('app/'));
  const missing = [
    ...rooms,
    'workers',
    'workers/cli',
    'workers/local',
    'prisma',
    'extensions',
    'public',
    'test',
  ].filter((one) => !readdirSync(path.join(ROOT, one)).includes('README.md'));
  expect(missing).toEqual([]);
});

test('a file over 400 lines has grown crooked', () => {
  const long = sources.filter((file) => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length > 401);
  expect(long).toEqual([]);
});
