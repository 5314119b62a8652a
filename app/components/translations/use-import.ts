import { useFetcher } from '@remix-run/react';
import { useState } from 'react';
import { useAct, type Act } from '#app/components/use-act.ts';
import type { FormAnswer } from '#app/domain/form-answer.ts';
import type { ImportReport } from './import-report.tsx';

type CheckAnswer = { ok: true; report: ImportReport } | Extract<FormAnswer, { ok: false }>;

export type TranslationImport = {
  isChecking: boolean;
  report: ImportReport | undefined;
  /** Why the file cannot be used, or could not be applied. */
  problem: string | undefined;
  act: Act;
  checkFile(file: File): Promise<void>;
  checkText(text: string): void;
  apply(mode: 'merge' | 'replace'): void;
};

export const MOST_BYTES = 1_000_000;

/**
 * A file on its way into a table: checked first, which writes nothing, then applied. The bytes travel as they are (as base64),
 * for only the server knows which encoding and separator they are in.
 */
export function useImport({ onDone }: { onDone: () => void }): TranslationImport {
  const check = useFetcher<CheckAnswer>();
  const act = useAct({ onDone });
  const [content, setContent] = useState('');
  const [tooLarge, setTooLarge] = useState(false);

  function send(base64: string): void {
    setContent(base64);
    check.submit(
      { intent: 'import', base64, mode: 'merge', dryRun: true },
      { method: 'post', encType: 'application/json' },
    );
  }

  function take(bytes: Uint8Array): void {
    setTooLarge(bytes.length > MOST_BYTES);
    if (bytes.length <= MOST_BYTES) {
      send(base64Of(bytes));
    }
  }

  const answer = check.state === 'idle' && !tooLarge ? check.data : undefined;
  return {
    isChecking: check.state !== 'idle',
    report: answer?.ok === true ? answer.report : undefined,
    problem: tooLarge
      ? 'The file is larger than 1 MB. Split it and import the parts one after the other.'
      : answer?.ok === false
        ? answer.problems[0]?.message
        : act.problem,
    act,
    checkFile: async (file) => take(new Uint8Array(await file.arrayBuffer())),
    checkText: (text) => take(new TextEncoder().encode(text)),
    apply: (mode) => act.run({ intent: 'import', base64: content, mode, dryRun: false }),
  };
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return btoa(text);
}
