import { Banner, Box, Text } from '@shopify/polaris';
import { useEffect, useState } from 'react';

/** How often a page that somebody looks at asks whether the server is still the one it came from, ms. */
const ASK_MS = 60_000;

declare global {
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions -- only an interface can be merged
  interface Window {
    /** Remix's own: what the pages were built as. */
    __remixManifest?: { version: string };
  }
}

/** Says so when Threadline was updated while the page was open: the old page may not fit the new server. */
export function UpdateNotice() {
  const [isOld, setOld] = useState(false);
  useEffect(() => {
    async function ask(): Promise<void> {
      if (document.visibilityState === 'visible') {
        const version = await serverVersion();
        const own = window.__remixManifest?.version;
        setOld(version !== null && own !== undefined && version !== own);
      }
    }
    const timer = setInterval(ask, ASK_MS);
    document.addEventListener('visibilitychange', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, []);
  if (!isOld) {
    return null;
  }
  return (
    <Box padding="400">
      <Banner
        tone="info"
        title="Threadline was updated"
        action={{ content: 'Reload page', onAction: () => window.location.reload() }}
      >
        <Text as="p">This page is from before the update. Save what you are working on, then reload it.</Text>
      </Banner>
    </Box>
  );
}

async function serverVersion(): Promise<string | null> {
  try {
    return (await fetch('/healthz', { cache: 'no-store' })).headers.get('x-threadline-version');
  } catch {
    return null;
  }
}
