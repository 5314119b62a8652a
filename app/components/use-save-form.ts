import { useFetcher } from '@remix-run/react';
import { useAppBridge } from '@shopify/app-bridge-react';
import { useEffect, useRef, useState } from 'react';
import type { FieldProblem, FormAnswer } from '#app/domain/form-answer.ts';
import type { JsonObject } from '#app/domain/records.ts';

export type SaveForm<Value> = {
  value: Value;
  /** Changes some fields; the problem of a changed field goes away. */
  change(part: Partial<Value>): void;
  isDirty: boolean;
  isSaving: boolean;
  save(): void;
  discard(): void;
  /** What the server said about a field, by its path in the value (`rules.0.template`); '' = about the whole form. */
  problem(field: string): string | undefined;
  problems: FieldProblem[];
};

type SaveFormOptions<Value> = {
  /** The value as it is stored. A new one (after saving, or from elsewhere) replaces what is shown unless something is typed. */
  saved: Value;
  /** What the action gets as JSON; by default `{ intent, value }`. */
  toBody?: (value: Value) => object;
  intent?: string;
  /** Address of the action; by default this page's. */
  action?: string;
  onSaved?: () => void;
};

/**
 * A form with stored input: what is typed stays until the server has said yes, a second click does nothing, and after a
 * refusal the focus stands in the first field that is wrong. Show it with `SaveBarForm`.
 */
export function useSaveForm<Value extends object>({
  saved,
  intent = 'save',
  toBody = (value) => ({ intent, value }),
  action,
  onSaved,
}: SaveFormOptions<Value>): SaveForm<Value> {
  const fetcher = useFetcher<FormAnswer>();
  const shopify = useAppBridge();
  const stored = JSON.stringify(saved);
  const [typed, setTyped] = useState<Value | null>(null);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [seen, setSeen] = useState<FormAnswer | undefined>(undefined);
  const isUnderWay = useRef(false);
  const value = typed ?? saved;

  // An answer is taken over while rendering, once: https://react.dev/reference/react/useState#storing-information-from-previous-renders
  if (fetcher.state === 'idle' && fetcher.data !== undefined && fetcher.data !== seen) {
    setSeen(fetcher.data);
    setProblems(fetcher.data.ok ? [] : fetcher.data.problems);
    if (fetcher.data.ok) {
      setTyped(null);
    }
  }

  useEffect(() => {
    if (fetcher.state === 'idle') {
      isUnderWay.current = false;
    }
  }, [fetcher.state]);

  useEffect(() => {
    if (seen?.ok) {
      shopify.toast.show(seen.message);
      onSaved?.();
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each answer
  }, [seen]);

  useEffect(() => {
    if (problems.length > 0) {
      document.querySelector<HTMLElement>('[aria-invalid="true"], [data-form-problem]')?.focus();
    }
  }, [problems]);

  return {
    value,
    isDirty: typed !== null && JSON.stringify(typed) !== stored,
    isSaving: fetcher.state !== 'idle',
    problems,
    problem: (field) => problems.find((one) => one.field === field)?.message,
    change(part) {
      setTyped({ ...value, ...part });
      const changed = Object.keys(part);
      setProblems((all) =>
        all.filter(
          ({ field }) => field !== '' && !changed.some((key) => field === key || field.startsWith(`${key}.`)),
        ),
      );
    },
    save() {
      if (!isUnderWay.current) {
        isUnderWay.current = true;
        fetcher.submit(toBody(value) as JsonObject, { method: 'post', encType: 'application/json', action });
      }
    },
    discard() {
      setTyped(null);
      setProblems([]);
    },
  };
}
