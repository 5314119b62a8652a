import { MultiBar, type SingleBar } from 'cli-progress';
import type { Progress } from '#app/context.ts';

const STEP_WORDS: Record<Progress['step'], string> = {
  discover: 'Looking for files',
  fetch: 'Fetching',
  survey: 'Checking',
  import: 'Reading',
  profiles: 'Profiles to Klaviyo',
  consent: 'Consent to Klaviyo',
  events: 'Events to Klaviyo',
  confirm: 'Klaviyo is working',
  archive: 'Moving',
  wait: 'Waiting',
};

export type ProgressView = { show(progress: Progress): void; stop(): void };

/** Bars on a terminal, one a connection; nothing at all where nobody watches. */
export function createProgressView(stream: NodeJS.WriteStream = process.stderr): ProgressView {
  if (!stream.isTTY) {
    return { show: () => undefined, stop: () => undefined };
  }
  const bars = new MultiBar({
    stream,
    clearOnComplete: true,
    hideCursor: true,
    format: ' {name} {bar} {step} {count}',
    barsize: 20,
  });
  const byConnection = new Map<string, SingleBar>();
  return {
    show(progress) {
      const name = progress.connection ?? '';
      let bar = byConnection.get(name);
      if (bar === undefined) {
        bar = bars.create(1, 0, { name, step: '', count: '' });
        byConnection.set(name, bar);
      }
      const total = progress.total ?? 0;
      bar.setTotal(Math.max(1, total));
      bar.update(Math.min(total, progress.done ?? 0), {
        name,
        step: stepText(progress),
        count: countText(progress),
      });
    },
    stop: () => bars.stop(),
  };
}

function stepText(progress: Progress): string {
  return [STEP_WORDS[progress.step], progress.subject, progress.note].filter(Boolean).join(' · ');
}

function countText(progress: Progress): string {
  if (progress.done === undefined) {
    return '';
  }
  const done = progress.done.toLocaleString('en');
  return progress.total === undefined ? done : `${done} of ${progress.total.toLocaleString('en')}`;
}
