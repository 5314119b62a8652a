import { openLog } from '#app/adapters/log.server.ts';
import type { Log } from '#app/context.ts';

export type LogLine = { level: string; msg: string; [field: string]: unknown };

/** A log that writes nowhere. */
export function silentLog(): Log {
  return openLog({ level: 'silent', format: 'json' });
}

/** A log that keeps its lines as they would be written: redacted. */
export function recordingLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const log = openLog({
    level: 'debug',
    format: 'json',
    write: (line) => lines.push(JSON.parse(line) as LogLine),
  });
  return { log, lines };
}
