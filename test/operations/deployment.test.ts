import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ENVIRONMENT_NAMES } from '#app/config.server.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const text = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const scripts = Object.keys((JSON.parse(text('package.json')) as { scripts: object }).scripts);

type Service = {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  healthcheck?: { test: string[] };
};
type Compose = { services: Record<string, Service>; volumes: Record<string, unknown> };
const compose = parse(text('compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => service.build !== undefined);

/** Lines of the Dockerfile that begin with an instruction, by instruction. */
const instructions = text('Dockerfile')
  .split('\n')
  .map((line) => /^([A-Z]+) (.*)$/.exec(line))
  .flatMap((match) => (match === null ? [] : [{ name: match[1] ?? '', rest: match[2] ?? '' }]));
const stages = instructions.flatMap(({ name, rest }) =>
  name === 'FROM' ? (/ AS (\w+)$/.exec(rest)?.[1] ?? []) : [],
);

/** Variables of images that are not ours, and what every image understands. */
const FOREIGN = ['POSTGRES_USER', 'POSTGRES_DB', 'POSTGRES_PASSWORD'];
const OF_THE_BUILD = ['PRISMA_SKIP_POSTINSTALL_GENERATE', 'CHECKPOINT_DISABLE'];

test('everything that the Dockerfile copies out of the checkout is there and is not kept from the builder', () => {
  const allowed = text('.dockerignore')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const sources = instructions
    .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));

  expect(sources.length).toBeGreaterThan(8);
  expect(sources.filter((source) => !existsSync(path.join(ROOT, source)))).toEqual([]);
  expect(sources.filter((source) => source !== '.' && !allowed.includes(source.split('/')[0] ?? ''))).toEqual(
    [],
  );
  expect(allowed.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
});

test('what the Dockerfile copies between stages comes from a stage that there is', () => {
  const from = instructions.flatMap(({ name, rest }) =>
    name === 'COPY' ? (/^--from=(\S+)/.exec(rest)?.[1] ?? []) : [],
  );
  expect(from).toEqual(['packages', 'pages']);
  expect(stages).toEqual(expect.arrayContaining(from));
});

test('the image runs as an ordinary user, checks its health, installs by the lock file and starts the command line itself', () => {
  const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
  const of = (name: string) => last.filter((one) => one.name === name).map(({ rest }) => rest);

  expect(of('USER')).toEqual(['node']);
  expect(of('HEALTHCHECK').join()).toContain('workers/operations/healthcheck.mjs');
  // As a list: a shell in between would not pass SIGTERM on.
  expect(of('ENTRYPOINT')).toEqual(['["node", "workers/cli/threadline.mjs"]']);
  const installs = instructions.filter(({ rest }) => rest.includes('npm ci') || rest.includes('npm install'));
  expect(installs.map(({ rest }) => rest.split(' && ')[0])).toEqual([
    'npm ci --include=dev --ignore-scripts',
    'npm ci --omit=dev --ignore-scripts',
  ]);
});

test('every command that the deployment files run is a script of package.json or a command of the command line', () => {
  const run = [text('Dockerfile'), text('shopify.web.toml')]
    .join('\n')
    .matchAll(/npm (?:run )?([a-z][a-z:-]+)/g);
  const named = [...run].map(([, name]) => name).filter((name) => name !== 'ci');
  const commands = ours.map(([, { command }]) => command?.[0]);
  const known = [...text('workers/cli/commands/operation.ts').matchAll(/\.command\('(\w+)/g)].map(
    ([, name]) => name,
  );

  expect(named).toEqual(['build', 'build', 'start', 'build']);
  expect(scripts).toEqual(expect.arrayContaining(named));
  expect(commands).toEqual(['serve', 'work', 'work']);
  expect(known).toEqual(expect.arrayContaining(commands));
});

test('every variable that the deployment files name is one that Threadline reads', () => {
  const inImage = instructions
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ rest }) => rest.split(' ').map((pair) => pair.split('=')[0] ?? ''));
  const inCompose = ours.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
  const known = [...ENVIRONMENT_NAMES, ...OF_THE_BUILD];

  expect([...inImage, ...inCompose].filter((name) => !known.includes(name))).toEqual([]);
});

test('every variable that compose takes from .env stands in .env.example, and the other way round', () => {
  const used = new Set([...text('compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? ''));
  const offered = [...text('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name ?? '');

  expect(offered.sort()).toEqual([...used].sort());
  expect(
    offered.filter((name) => ![...ENVIRONMENT_NAMES, ...FOREIGN, 'SFTP_PASSWORD'].includes(name)),
  ).toEqual([]);
});

test('no value that is committed is a secret: .env.example leaves them empty, and .env stays out of git and of the image', () => {
  const filled = [...text('.env.example').matchAll(/^(\w+)=(.+)$/gm)].map(([, name]) => name);

  expect(filled).toEqual(['LOG_LEVEL']);
  expect(text('.gitignore').split('\n')).toContain('.env');
  expect(text('.dockerignore').split('\n')).toContain('**/.env*');
});

test('compose has a web server, two workers, PostgreSQL, Redis and an SFTP server, each with a health check', () => {
  expect(services.map(([name]) => name)).toEqual([
    'web',
    'worker-1',
    'worker-2',
    'postgres',
    'redis',
    'sftp',
  ]);
  expect(services.filter(([, { healthcheck }]) => !healthcheck?.test.length).map(([name]) => name)).toEqual(
    [],
  );
});

test('compose publishes ports on this machine only', () => {
  const published = services.flatMap(([, { ports }]) => ports ?? []);
  expect(published.length).toBeGreaterThan(0);
  expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('a worker of compose answers its probes, and no two processes share a spool', () => {
  const workers = ours.filter(([, { command }]) => command?.[0] === 'work');
  expect(workers.map(([, { environment }]) => environment?.['METRICS_PORT'])).toEqual(['9464', '9464']);
  const spools = [...text('compose.yml').matchAll(/'([\w-]+):\/data'/g)].map(([, name]) => name);
  expect(new Set(spools).size).toBe(spools.length);
  expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(spools));
});

test('shopify.app.toml is embedded, and every webhook of it and of shopify.web.toml has a route', () => {
  const toml = text('shopify.app.toml');
  const uris = [
    ...toml.matchAll(/uri = "([^"]+)"/g),
    ...text('shopify.web.toml').matchAll(/webhooks_path = "([^"]+)"/g),
  ];
  const routes = uris.map(([, uri]) => `app/routes/${(uri ?? '').slice(1).replaceAll('/', '.')}.ts`);

  expect(toml).toMatch(/^embedded = true$/m);
  expect(routes).toHaveLength(3);
  expect(routes.filter((route) => !existsSync(path.join(ROOT, route)))).toEqual([]);
  expect(text('shopify.web.toml')).toContain('roles = ["frontend", "backend"]');
});
