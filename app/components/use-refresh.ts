import { useRevalidator } from '@remix-run/react';
import { useEffect } from 'react';

const LIVE_MS = 3_000;
const IDLE_MS = 15_000;

/**
 * Keeps a page fresh: every 3 seconds while something moves, every 15 otherwise, and not at all while nobody looks.
 * A server that does not answer for a moment (a deploy) leaves the page as it is.
 */
export function useRefresh(isLive: boolean): void {
  const { revalidate } = useRevalidator();
  useEffect(() => {
    let isOver = false;
    async function refresh(): Promise<void> {
      if (document.visibilityState === 'visible' && (await isServerUp()) && !isOver) {
        revalidate();
      }
    }
    const timer = setInterval(refresh, isLive ? LIVE_MS : IDLE_MS);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      isOver = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [isLive, revalidate]);
}

// A failing revalidation would replace the whole page by the error page.
async function isServerUp(): Promise<boolean> {
  try {
    const answer = await fetch('/healthz', { cache: 'no-store' });
    return answer.ok;
  } catch {
    return false;
  }
}
