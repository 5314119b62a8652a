import { useEffect, useState } from 'react';
import type { MappingPreview } from '#app/domain/mapping-preview.ts';
import { postJson } from './post-json.ts';

export type RowChoice =
  { by: 'newest'; offset: number } | { by: 'key'; key: string } | { by: 'paste'; text: string };

export type PreviewQuestion = {
  connectionId: string | null;
  mappingId: string | null;
  draft: { scope: string; target: string; description: string; blank: string; rules: unknown[] };
  row: RowChoice;
};

export type PreviewState = {
  /** The newest answer; stays while the next one is on its way. */
  preview: MappingPreview | null;
  isLoading: boolean;
  isUnavailable: boolean;
};

const PAUSE_MS = 250;

/** What the mapping would do with a row, asked anew a quarter of a second after the last keystroke. */
export function usePreview(question: PreviewQuestion): PreviewState {
  const [state, setState] = useState<PreviewState>({ preview: null, isLoading: true, isUnavailable: false });
  const body = JSON.stringify(question);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      setState((old) => ({ ...old, isLoading: true }));
      const preview = await postJson<MappingPreview>(
        '/app/mappings/preview',
        JSON.parse(body) as PreviewQuestion,
        abort.signal,
      );
      if (!abort.signal.aborted) {
        setState((old) => ({
          preview: preview ?? old.preview,
          isLoading: false,
          isUnavailable: preview === null,
        }));
      }
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [body]);
  return state;
}
