import { vitePlugin as remix } from '@remix-run/dev';
import { defineConfig } from 'vite';
import remixConfig from './remix.config.js';

/** `npx remix vite:build` reads this; the tests have their own vitest.config.ts. */
export default defineConfig({
  plugins: [remix(remixConfig)],
  build: {
    // An inlined asset would need `data:` in a content security policy; files are cached for ever anyway.
    assetsInlineLimit: 0,
  },
});
