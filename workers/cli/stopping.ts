import type { Output } from './output.ts';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Resolves the command's wait for its end; null = no command waits. */
let stop: (() => void) | null = null;

/**
 * Ctrl-C and SIGTERM end the process the ordinary way, so that the last user of the embedded database stops it. A command
 * that waits in `untilStopped` is asked first; the second signal ends it at once.
 */
export function exitOnSignals(): void {
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (stop === null) {
        process.exit(code);
      }
      stop();
      stop = null;
    });
  }
}

/** Resolves when the process is asked to stop. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    stop = resolve;
  });
}

/** Whoever runs us kills what takes longer than 20 s. */
const GRACE_MS = 18_000;

/** Ends the process with 0, saying `why`, should its own end take too long. Nothing is lost: a kill would not either. */
export function endInTime(output: Output, why: string): void {
  setTimeout(() => {
    output.note(`threadline: ${why}`);
    process.exit(0);
  }, GRACE_MS).unref();
}
