import { InvalidArgumentError, Option, type Command } from 'commander';

/** The shop that a command is about. */
export function withShop(command: Command): Command {
  return command.option('--shop <domain>', 'the shop; may be left out when there is only one');
}

export function withConnection(command: Command): Command {
  return command.option('--connection <name>', 'one connection only; all of them by default');
}

/** For commands that make sense for one connection only. */
export function withOneConnection(command: Command): Command {
  return command.requiredOption('--connection <name>', 'the connection, e.g. "Klaviyo AU"');
}

export function withJson(command: Command): Command {
  return command.option('--json', 'one JSON document on stdout and nothing else there');
}

export function portOption(usual: number | null): Option {
  const option = new Option('--port <port>', 'where it listens; 0 takes a free port').argParser(
    wholeNumber(0, 65_535),
  );
  return usual === null ? option : option.default(usual);
}

/** A reader of numbers for commander: refuses with exit code 2 what is none. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < min || number > max) {
      throw new InvalidArgumentError(`It wants a whole number from ${min} to ${max}.`);
    }
    return number;
  };
}

/** A reader of shares for commander: 0 to 1. */
export function share(text: string): number {
  const number = Number(text);
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text) || number > 1) {
    throw new InvalidArgumentError('It wants a share between 0 and 1, like 0.01.');
  }
  return number;
}
