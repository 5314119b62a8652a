import { useFetcher } from '@remix-run/react';
import { useState } from 'react';
import type { FormAnswer } from '#app/domain/form-answer.ts';
import { useAct, type Act } from '../use-act.ts';
import { figure } from '../words.ts';

export type ConfigurationReport = {
  changeCount: number;
  changes: { path: string; before: string | null; after: string | null }[];
  removed: string[];
  fingerprint: string;
};
export type PlacedProblem = { path: string; line: number | null; message: string };

type CheckAnswer =
  | { ok: true; report: ConfigurationReport }
  | (Extract<FormAnswer, { ok: false }> & { placed?: PlacedProblem[] });

export type ConfigurationImport = {
  text: string;
  setText(text: string): void;
  isChecking: boolean;
  check(text: string): void;
  /** What the text on the page would change; undefined until it was checked as it stands. */
  report: ConfigurationReport | undefined;
  problem: string | undefined;
  placed: PlacedProblem[];
  act: Act;
  apply(): void;
};

/** A shop.yaml on its way into the settings: checked first, which writes nothing, then applied as it was checked. */
export function useConfigurationImport(mostCharacters: number): ConfigurationImport {
  const fetcher = useFetcher<CheckAnswer>();
  const [text, setText] = useState('');
  const [checked, setChecked] = useState<string | null>(null);
  const act = useAct({
    onDone: () => {
      setText('');
      setChecked(null);
    },
  });
  const isTooLarge = text.length > mostCharacters;
  const answer = fetcher.state === 'idle' && checked === text && !isTooLarge ? fetcher.data : undefined;
  const report = answer?.ok === true ? answer.report : undefined;
  const refusal = answer?.ok === false ? answer : undefined;
  return {
    text,
    setText,
    isChecking: fetcher.state !== 'idle',
    check(next) {
      setText(next);
      if (next.length <= mostCharacters) {
        setChecked(next);
        fetcher.submit({ intent: 'check', text: next }, { method: 'post', encType: 'application/json' });
      }
    },
    report,
    problem: isTooLarge
      ? `The file has more than ${figure(mostCharacters)} characters. Apply it with the command line: threadline apply shop.yaml`
      : (refusal?.problems[0]?.message ?? (checked === text ? act.problem : undefined)),
    placed: refusal?.placed ?? [],
    act,
    apply() {
      if (report !== undefined) {
        act.run({ intent: 'apply', text, fingerprint: report.fingerprint });
      }
    },
  };
}
