import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect } from 'vitest';

const READY_PATIENCE_MS = 40_000;
const CLI = path.resolve(import.meta.dirname, '../../workers/cli/threadline.mjs');

export type CliOptions = { env?: Record<string, string | undefined>; cwd?: string };
type Printed = { stdout: string; stderr: string };
export type CliResult = { code: number | null } & Printed;

/** `threadline …` as a process of its own. Whatever it prints is searched for secrets. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { child, output } = start(args, options);
  const code = await ended(child);
  expectNoSecrets(args, options, output);
  return { code, ...output };
}

/** The same, for a command that must do its work: its output when it exits with 0. */
export async function runOk(args: readonly string[], options: CliOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, options);
  expect(code, `threadline ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

/** The one JSON document on stdout, and what the process exited with. */
export async function runJson<Document>(
  args: readonly string[],
  options: CliOptions = {},
): Promise<{ code: number | null; document: Document; stderr: string }> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], options);
  try {
    return { code, document: JSON.parse(stdout) as Document, stderr };
  } catch {
    throw new Error(
      `threadline ${args.join(' ')} --json ended with ${code} and printed:\n${stdout}\n${stderr}`,
    );
  }
}

export type RunningCli = {
  output: Printed;
  /** Asks it to stop and resolves to its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
} & AsyncDisposable;

/** A command that runs until it is stopped; resolves when its stdout says `ready`. */
export async function startCli(
  args: readonly string[],
  ready: RegExp,
  options: CliOptions = {},
): Promise<RunningCli & { match: RegExpExecArray }> {
  const { child, output } = start(args, options);
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    // A process that never gets ready must not outlive its test.
    const patience = setTimeout(() => child.kill('SIGKILL'), READY_PATIENCE_MS);
    child.stdout?.on('data', () => {
      const found = ready.exec(output.stdout);
      if (found !== null) {
        clearTimeout(patience);
        resolve(found);
      }
    });
    child.once('close', (code) =>
      reject(
        new Error(`threadline ${args.join(' ')} ended with ${code}:\n${output.stdout}\n${output.stderr}`),
      ),
    );
  });
  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const end = ended(child);
    child.kill(signal);
    const code = await end;
    expectNoSecrets(args, options, output);
    return code;
  }
  return {
    match,
    output,
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        await stop('SIGKILL');
      }
    },
  };
}

function start(args: readonly string[], { env = {}, cwd }: CliOptions) {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    // Nothing of the test's own environment: what a command finds there is what the test gave it.
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      TZ: 'UTC',
      ...env,
    } as unknown as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (output.stderr += text));
  return { child, output };
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
}

/** No command may print what is secret in its environment, whatever it does. */
function expectNoSecrets(args: readonly string[], { env = {} }: CliOptions, output: Printed): void {
  for (const [name, value = ''] of Object.entries(env)) {
    const isSecret = /PASSWORD|_KEY$|_KEYS$/.test(name);
    const secret =
      name === 'DATABASE_URL' ? new URL(value).password : isSecret ? value.replace(/^test:/, '') : '';
    if (secret !== '') {
      const printed = `${output.stdout}\n${output.stderr}`;
      expect(printed.includes(secret), `threadline ${args.join(' ')} prints ${name}:\n${printed}`).toBe(
        false,
      );
    }
  }
}

/** A port on this machine at which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}
