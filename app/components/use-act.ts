import { useFetcher } from '@remix-run/react';
import { useAppBridge } from '@shopify/app-bridge-react';
import { useEffect, useRef } from 'react';
import type { FormAnswer } from '#app/domain/form-answer.ts';
import type { JsonObject } from '#app/domain/records.ts';

type ActAnswer = FormAnswer | { ok: true; message: string; download: string };

export type Act = {
  /** Sends one intent to the action; nothing happens while one is under way. */
  run(body: { intent: string } & Record<string, unknown>): void;
  isBusy: boolean;
  /** The intent under way, for the spinner of its own button. */
  busyWith: string | null;
  /** Why the last one was refused; stays until the next. */
  problem: string | undefined;
};

/**
 * A button's deed on the server: "Retry", "Release", "Download errors". Says what came of it in a toast, keeps a refusal for
 * the page to show, and opens the address of a download. (A plain link would carry no session token, see `issueDownload`.)
 */
export function useAct({ action, onDone }: { action?: string; onDone?: () => void } = {}): Act {
  const fetcher = useFetcher<ActAnswer>();
  const shopify = useAppBridge();
  const isUnderWay = useRef(false);

  useEffect(() => {
    if (fetcher.state === 'idle') {
      isUnderWay.current = false;
    }
  }, [fetcher.state]);

  useEffect(() => {
    if (fetcher.data?.ok) {
      if ('download' in fetcher.data) {
        // An attachment: the page stays where it is.
        window.open(fetcher.data.download, '_top');
      }
      shopify.toast.show(fetcher.data.message);
      onDone?.();
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each answer
  }, [fetcher.data]);

  return {
    isBusy: fetcher.state !== 'idle',
    busyWith: fetcher.state === 'idle' ? null : intentOf(fetcher.json),
    problem: fetcher.data?.ok === false ? fetcher.data.problems[0]?.message : undefined,
    run(body) {
      if (!isUnderWay.current) {
        isUnderWay.current = true;
        fetcher.submit(body as JsonObject, { method: 'post', encType: 'application/json', action });
      }
    },
  };
}

function intentOf(body: unknown): string | null {
  return body !== null && typeof body === 'object' && 'intent' in body ? String(body.intent) : null;
}
