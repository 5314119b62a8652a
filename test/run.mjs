// `npm test`: installs what is missing, runs every test and ends with the line `N passed, N failed, N skipped`.
// Parameters go to vitest: `npm test -- test/domain`.
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../workers/install.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const isCi = /^(1|true)$/i.test(process.env.CI ?? '');

/** What some tests need of the system, under its names, and Debian's package for it. */
const PROGRAMS = [
  {
    program: 'redis-server',
    names: ['redis-server'],
    debian: 'redis-server',
    neededFor: 'the job queues on Redis',
  },
  { program: 'sshd', names: ['sshd'], debian: 'openssh-server', neededFor: 'SFTP against OpenSSH' },
  {
    program: 'chromium',
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debian: 'chromium',
    neededFor: 'the pages in a browser',
  },
];

process.chdir(ROOT);
ensureInstalled({ dev: true });
const missing = installMissing(PROGRAMS.filter((one) => !isInstalled(one)));
for (const { program, neededFor } of missing) {
  say(`${program} is not installed: the tests of ${neededFor} are ${isCi ? 'counted as failed' : 'skipped'}`);
}
const { counts, problems } = await runTests(process.argv.slice(2), missing);
for (const problem of problems) {
  say(problem);
}
process.exitCode = counts.failed > 0 ? 1 : 0;
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);

function isInstalled({ names }) {
  const directories = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/sbin',
  ];
  return names.some((name) => directories.some((directory) => isExecutable(path.join(directory, name))));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** On Debian as root it installs them; returns what is missing all the same. */
function installMissing(programs) {
  if (programs.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    return programs;
  }
  const packages = programs.map(({ debian }) => debian);
  say(`installing Debian packages that tests need: apt-get install ${packages.join(' ')}`);
  const mayStart = withoutStartingServices();
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const parameters of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
      const result = spawnSync('apt-get', parameters, {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      if (result.status !== 0) {
        process.stderr.write(`${result.stdout}${result.stderr}`);
        say(`apt-get ${parameters[0]} failed (see above)`);
        break;
      }
    }
  } finally {
    mayStart();
  }
  return programs.filter((one) => !isInstalled(one));
}

/** The tests want programs, not a Redis and an SSH server that run on this machine from now on. Returns the undo. */
function withoutStartingServices() {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) {
    return () => {};
  }
  writeFileSync(policy, '#!/bin/sh\nexit 101\n');
  chmodSync(policy, 0o755);
  return () => rmSync(policy, { force: true });
}

async function runTests(parameters, without) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'threadline-results-'));
  const results = path.join(directory, 'results.json');
  try {
    const exitCode = await vitest(
      ['run', ...parameters, '--reporter=default', '--reporter=json', `--outputFile.json=${results}`],
      {
        TZ: 'UTC',
        THREADLINE_TEST_WITHOUT: without.map(({ program }) => program).join(','),
      },
    );
    return count(existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : null, {
      exitCode,
      isEveryProgramThere: without.length === 0,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function vitest(parameters, env) {
  const program = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [program, ...parameters], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // Ctrl-C reaches both of us: vitest ends its servers, then we say what came of it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.on('exit', (code) => resolve(code ?? 1));
    child.on('error', () => resolve(1));
  });
}

/**
 * In CI a test that was skipped for want of a program counts as failed. What compares with material that Klaviyo publishes
 * (KLAVIYO_OPENAPI) is skipped with that reason where the material is not at hand: nothing is wrong with the machine then.
 */
function count(report, { exitCode, isEveryProgramThere }) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const problems = [];
  for (const file of report?.testResults ?? []) {
    const name = path.relative(ROOT, file.name);
    if (file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed')) {
      counts.failed += 1;
      problems.push(`failed: ${name} as a whole${indented([file.message])}`);
    }
    for (const test of file.assertionResults) {
      if (test.status === 'passed') {
        counts.passed += 1;
      } else if (test.status === 'failed') {
        counts.failed += 1;
        problems.push(`failed: ${name}: ${test.fullName}${indented(test.failureMessages)}`);
      } else if (isCi && !isEveryProgramThere) {
        counts.failed += 1;
        problems.push(`failed, because it was skipped and CI is set: ${name}: ${test.fullName}`);
      } else {
        counts.skipped += 1;
        problems.push(`skipped: ${name}: ${test.fullName}`);
      }
    }
  }
  if (exitCode !== 0 && counts.failed === 0) {
    counts.failed = 1;
    problems.push(`failed: the run as a whole (vitest exit code ${exitCode})`);
  }
  if (counts.passed + counts.failed + counts.skipped === 0) {
    counts.failed = 1;
    problems.push('failed: no test was found');
  }
  return { counts, problems };
}

/** What a failed test said: enough of it to know where to look when only the end of the output was kept. */
function indented(messages) {
  const lines = (messages ?? []).join('\n').split('\n').filter(Boolean).slice(0, 12);
  return lines.map((line) => `\n    ${line.slice(0, 300)}`).join('');
}

function say(text) {
  process.stderr.write(`${text}\n`);
}
