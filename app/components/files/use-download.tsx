import { Banner, Box } from '@shopify/polaris';
import type { ReactNode } from 'react';
import { useAct } from '../use-act.ts';

/** A download that a page's header offers; `problem` says why it was refused. */
export function useDownload(intent: string): { start(): void; isBusy: boolean; problem: ReactNode } {
  const act = useAct();
  return {
    start: () => act.run({ intent }),
    isBusy: act.isBusy,
    problem:
      act.problem === undefined ? null : (
        <Box paddingBlockEnd="400">
          <Banner tone="warning" title="Nothing to download">
            {act.problem}
          </Banner>
        </Box>
      ),
  };
}
