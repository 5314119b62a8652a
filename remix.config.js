/**
 * Options of the Remix compiler, in one place: vite.config.ts hands them to Remix's Vite plugin.
 * (The classic compiler that gave this file its name cannot parse a JSON import of shopify-app-remix.)
 *
 * @type {import('@remix-run/dev').VitePluginConfig}
 */
export default {
  appDirectory: 'app',
  buildDirectory: 'build',
  serverModuleFormat: 'esm',
  // Markdown would count as a route: the README of the room is not one.
  ignoredRouteFiles: ['**/.*', '**/*.md', '**/*.test.{ts,tsx}'],
  future: {
    v3_fetcherPersist: true,
    v3_relativeSplatPath: true,
    v3_throwAbortReason: true,
    v3_lazyRouteDiscovery: true,
    v3_singleFetch: true,
    v3_routeConfig: false,
  },
};
