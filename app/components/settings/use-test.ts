import { useFetcher } from '@remix-run/react';
import { useEffect, useRef, useState } from 'react';
import type { FormAnswer } from '#app/domain/form-answer.ts';
import type { JsonObject } from '#app/domain/records.ts';

/** An action's answer to a test: what came of it, or why it could not be made. */
type TestAnswer<Result> = { ok: true; message: string; test: Result } | Extract<FormAnswer, { ok: false }>;

export type Test<Result> = {
  /** Asks the action; nothing happens while one is under way. `subject` says what is tested, to tell answers apart. */
  run(subject: string, body: { intent: 'test' } & Record<string, unknown>): void;
  isBusy: boolean;
  /** What was tested last; null = nothing yet. */
  subject: string | null;
  /** Null until the answer is there. */
  result: Result | null;
  /** Why there is no result, such as a server that cannot be reached. */
  problem: string | undefined;
};

/** A test that takes seconds and changes nothing on the page: of a key, of a server. */
export function useTest<Result>(): Test<Result> {
  const fetcher = useFetcher();
  const [subject, setSubject] = useState<string | null>(null);
  const isUnderWay = useRef(false);
  const isBusy = fetcher.state !== 'idle';
  useEffect(() => {
    if (!isBusy) {
      isUnderWay.current = false;
    }
  }, [isBusy]);
  const answer = isBusy ? undefined : (fetcher.data as TestAnswer<Result> | undefined);
  return {
    isBusy,
    subject,
    result: answer?.ok === true ? answer.test : null,
    problem: answer?.ok === false ? answer.problems[0]?.message : undefined,
    run(about, body) {
      if (!isUnderWay.current) {
        isUnderWay.current = true;
        setSubject(about);
        fetcher.submit(body as JsonObject, { method: 'post', encType: 'application/json' });
      }
    },
  };
}
