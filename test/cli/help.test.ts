import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCli } from '#test/builders/cli.ts';

const CLI = path.resolve(import.meta.dirname, '../../workers/cli/threadline.mjs');

/** Every command of the contract, with words that its help cannot do without. */
const COMMANDS = {
  apply: ['<shop.yaml>', '--dry-run', '${NAME}'],
  export: ['--shop', 'without secrets'],
  sync: ['--shop', '--connection', '--json', 'Exit codes'],
  send: ['--shop', '--connection', 'data sync is off'],
  retry: ['--shop', '--connection', '--run'],
  consent: ['--shop', '--connection', '--json', '/outbound'],
  preview: ['<csv>', '--shop', '--connection', '--limit', '--json', 'sends nothing'],
  bulk: ['--shop', '--connection'],
  release: ['<file id>', 'held'],
  discard: ['<file id>', 'held'],
  status: ['--shop', '--json'],
  record: ['<kind>', '<key>', '--connection', '--json'],
  quality: ['--shop', '--connection', '--json', '--out', 'personal data'],
  erase: ['<person>', '--shop', '--connection', '--klaviyo', '--dry-run', '--json'],
  'restore-person': ['<address>', '--shop'],
  estimate: ['<csv>', '--connection'],
  doctor: ['--shop', 'remedy'],
  generate: ['--customers', '--orders', '--rewards', '--out', '--seed', '--change'],
  bench: ['--customers', '--orders', '--rewards', '--change', '--json', 'BENCHMARKS.md', 'Exit codes'],
  serve: ['--port', '/healthz'],
  work: ['until it is stopped'],
  klaviyo: ['--port', '--latency', '--limits', '--faults', '--accounts', '/_state', '/_reset'],
  sftp: ['--port', '--root'],
  demo: ['--once'],
};

test('the help of the program names every command and the exit codes', async () => {
  const { code, stdout, stderr } = await runCli(['--help']);

  expect(code).toBe(0);
  expect(stderr).toBe('');
  for (const command of Object.keys(COMMANDS)) {
    expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  }
  expect(stdout).toContain(
    '0 done · 1 something needs a person · 2 wrong use or configuration · 3 a service',
  );
});

test('every command explains itself, each of its options in words', async () => {
  const commands = Object.entries(COMMANDS);
  // A few at once: each is a process of its own.
  await Promise.all(
    [0, 1, 2].map(async (lane) => {
      for (const [command, words] of commands.filter((_, index) => index % 3 === lane)) {
        const { code, stdout, stderr } = await runCli([command, '--help']);
        expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
        for (const word of words) {
          expect(stdout, `${command} --help`).toContain(word);
        }
        // `--option <value>` alone on its line, with nothing below it, would be an option without a word.
        const bare = stdout.match(/^ {2}--?\S+(, \S+)*( <\w+>)?\n(?! {4})/gm);
        expect(bare, `${command} --help leaves options unexplained`).toBeNull();
      }
    }),
  );
});

test.each([
  ['no command at all', [], /Usage: threadline/],
  ['an unknown command', ['sing'], /unknown command 'sing'/],
  ['a command that is nearly right', ['stauts'], /Did you mean status\?/],
  ['an unknown option', ['sync', '--fast'], /unknown option '--fast'/],
  ['a missing argument', ['apply'], /missing required argument 'shop\.yaml'/],
  ['a missing option', ['bulk'], /'--connection <name>' not specified/],
  ['an argument too many', ['status', 'please'], /too many arguments/],
  [
    'a kind of record that does not exist',
    ['record', 'shoes', '1', '--connection', 'A'],
    /customers, orders/,
  ],
  ['a port that is none', ['klaviyo', '--port', 'high'], /whole number from 0 to 65535/],
  ['a limit that is none', ['preview', 'x.csv', '--connection', 'A', '--limit', 'all'], /whole number/],
  ['a file that is not there', ['preview', '/no/customers_1.csv', '--connection', 'A'], /cannot be read/],
  ['a folder instead of a file', ['estimate', '/tmp', '--connection', 'A'], /is not a file/],
  [
    'numbers that are none',
    ['generate', '--customers', 'many', '--out', '/tmp/x'],
    /--customers: a whole number/,
  ],
  ['accounts that are not there', ['klaviyo', '--port', '0', '--accounts', '/no/a.json'], /cannot be read/],
  ['a broken environment', ['status'], /DATABASE_URL is not a URL/, { DATABASE_URL: 'mysql://x' }],
])(
  '%s is wrong use: exit 2, and stderr says what is meant',
  async (_, args, words, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await runCli(args, { env });

    expect(stderr).toMatch(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/^ +at /m);
  },
);

test('a reader that closes the pipe early does no harm', async () => {
  const child = spawn(process.execPath, [CLI, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.destroy();

  const code = await new Promise((resolve) => child.once('close', resolve));

  expect({ code, said }).toEqual({ code: 0, said: '' });
});

test('what every command pays for at its start is light: the rest is loaded by the command that needs it', () => {
  const cli = path.dirname(CLI);
  const files = ['main.ts', 'output.ts', 'stopping.ts', 'exit-codes.ts'].concat(
    readdirSync(path.join(cli, 'commands')).map((name) => `commands/${name}`),
  );
  const imported = files.flatMap((file) =>
    [...readFileSync(path.join(cli, file), 'utf8').matchAll(/^import (?!type )[^;]* from '([^']+)'/gm)].map(
      ([, target = '']) => target,
    ),
  );

  expect(imported).toContain('commander');
  const light = [
    'commander',
    '#app/domain/errors.ts',
    '#app/domain/records.ts',
    '#workers/local/generate/flags.ts',
  ];
  expect(imported.filter((target) => !target.startsWith('.') && !light.includes(target))).toEqual([]);
  expect(imported.filter((target) => /session|actions|progress|balance/.test(target))).toEqual([]);
});
