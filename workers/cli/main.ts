import { Command, CommanderError } from 'commander';
import { isAppError, type AppError } from '#app/domain/errors.ts';
import { configurationCommands } from './commands/configuration.ts';
import { fileCommands } from './commands/files.ts';
import { localCommands } from './commands/local.ts';
import { operationCommands } from './commands/operation.ts';
import { privacyCommands } from './commands/privacy.ts';
import { recordCommands } from './commands/records.ts';
import { syncCommands } from './commands/sync.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts';
import { createOutput, surviveClosedPipes, type Output } from './output.ts';
import { exitOnSignals } from './stopping.ts';

export type CommandContext = {
  output: Output;
  /** Sets what the process exits with. */
  exit(code: ExitCode): void;
};

/** The command line. Resolves to the exit code; prints its own errors. */
export async function main(argv: readonly string[]): Promise<number> {
  surviveClosedPipes();
  exitOnSignals();
  let exitCode: ExitCode = EXIT.done;
  const output = createOutput();
  const context: CommandContext = { output, exit: (code) => void (exitCode = code) };
  const program = new Command('threadline')
    .description('Apparel21 to Klaviyo: every customer, order and reward, once.')
    .addHelpText(
      'after',
      `
A first look without any account:   npm run demo
With your own shop:                 threadline apply shop.yaml && threadline sync --shop your-shop.myshopify.com
Exit codes: 0 done · 1 something needs a person · 2 wrong use or configuration · 3 a service is unreachable`,
    )
    .showHelpAfterError('(threadline --help shows the commands)')
    .exitOverride();
  for (const register of [
    configurationCommands,
    syncCommands,
    fileCommands,
    recordCommands,
    privacyCommands,
    operationCommands,
    localCommands,
  ]) {
    register(program, context);
  }
  program.commands.forEach((command) =>
    command.showHelpAfterError(`(threadline ${command.name()} --help explains it)`),
  );
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(output, error);
  }
}

function reportError(output: Output, error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
  }
  if (!isAppError(error)) {
    output.note(`threadline: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return EXIT.needsPerson;
  }
  output.note(`threadline: ${describeError(error)}`);
  return exitCodeOf(error.code);
}

function describeError(error: AppError): string {
  const { file, line, column, path } = error.where;
  const place = [file, line === undefined ? undefined : `line ${line}`, column, path]
    .filter((part) => part !== undefined && !error.hint.includes(part))
    .join(', ');
  return place === '' ? error.hint : `${place}: ${error.hint}`;
}
