import type { AppLoadContext } from '@remix-run/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installShop } from '#app/services/install-shop.server.ts';
import { asShop, BROWSER, loadContext, storeSession } from '#test/builders/web.ts';
import { createFullShop, type FullShop } from '#test/builders/full-shop.ts';
import { addressesOf, attempts } from './route-addresses.ts';

/**
 * Every loader and action below /app, found by its file: a new route cannot be forgotten. What has ids in its address or takes a
 * body has to be listed in route-addresses.ts; the first test says so when it is not.
 */
type RouteFunction = (input: {
  request: Request;
  params: Record<string, string>;
  context: AppLoadContext;
}) => Promise<unknown>;
type RouteModule = { loader?: RouteFunction; action?: RouteFunction };

const modules = import.meta.glob<RouteModule>('../../app/routes/app*.{ts,tsx}');
const files = Object.keys(modules).map((file) => file.replace(/^.*\//, ''));
const OTHER = 'other.myshopify.com';

let full: FullShop;
let context: AppLoadContext;

beforeAll(async () => {
  full = await createFullShop();
  context = loadContext(full.world.ctx);
  await installShop(full.world.ctx, { domain: OTHER });
  await storeSession(full.world.ctx, OTHER);
  await storeSession(full.world.ctx, full.domain);
});

afterAll(async () => {
  await full[Symbol.asyncDispose]();
});

async function moduleOf(file: string): Promise<RouteModule> {
  return (await modules[`../../app/routes/${file}`]?.()) ?? {};
}

/** What a route function answers: a status, and everything that it tells as text. */
async function ask(
  run: RouteFunction,
  input: { address: string; params: Record<string, string>; headers: Record<string, string>; body?: object },
): Promise<{ status: number; text: string }> {
  const request = new Request(`https://threadline.test${input.address}`, {
    headers: { ...input.headers, 'content-type': 'application/json' },
    ...(input.body === undefined ? {} : { method: 'POST', body: JSON.stringify(input.body) }),
  });
  try {
    const answer = await run({ request, params: input.params, context });
    if (answer instanceof Response) {
      return { status: answer.status, text: await answer.text() };
    }
    return { status: 200, text: JSON.stringify(answer) };
  } catch (thrown) {
    if (thrown instanceof Response) {
      return { status: thrown.status, text: await thrown.text() };
    }
    throw thrown;
  }
}

test('every route with a parameter or an action is listed here', async () => {
  const missing: string[] = [];
  for (const file of files) {
    if (file.includes('$') && file !== 'app.$.tsx' && addressesOf(file, full.ids).length === 0) {
      missing.push(`${file}: no address in route-addresses.ts`);
    }
    if ((await moduleOf(file)).action !== undefined && attempts(file, full.ids) === undefined) {
      missing.push(`${file}: no bodies in route-addresses.ts`);
    }
  }
  expect(missing).toEqual([]);
});

test.each(files)('%s lets nobody in without a session token', async (file) => {
  const { loader, action } = await moduleOf(file);
  for (const { address, params } of allAddresses(file)) {
    for (const [run, body] of [
      [loader, undefined],
      [action, {}],
    ] as const) {
      if (run !== undefined) {
        const { status, text } = await ask(run, { address, params, headers: BROWSER, body });
        expect({ address, isOut: [302, 401].includes(status) }).toEqual({ address, isOut: true });
        expect(text).not.toContain(full.marker);
      }
    }
  }
});

test.each(files)('%s shows the own shop to itself', async (file) => {
  const { loader } = await moduleOf(file);
  for (const { address, params, isGone, isElsewhere } of allAddresses(file)) {
    if (loader !== undefined) {
      const { status } = await ask(loader, { address, params, headers: asShop(full.domain) });
      expect({ address, status }).toEqual({
        address,
        status: isGone === true ? 404 : isElsewhere === true ? 302 : 200,
      });
    }
  }
});

test.each(files)('%s shows nothing of another shop', async (file) => {
  const { loader } = await moduleOf(file);
  for (const { address, params, isShared, leadsOthersAway } of allAddresses(file)) {
    if (loader !== undefined) {
      const { status, text } = await ask(loader, { address, params, headers: asShop(OTHER) });
      if (file.includes('$') && isShared !== true) {
        expect({ address, status }).toEqual({ address, status: leadsOthersAway === true ? 302 : 404 });
      }
      expect(text).not.toContain(full.marker);
    }
  }
});

test.each(files)('%s changes nothing of another shop', async (file) => {
  const { action } = await moduleOf(file);
  if (action === undefined) {
    return;
  }
  const before = await full.snapshot();
  const [first = { address: '/app', params: {} }] = allAddresses(file);
  for (const { body, address = first.address, params = first.params } of attempts(file, full.ids) ?? []) {
    const { status, text } = await ask(action, { address, params, headers: asShop(OTHER), body });
    // A body that is not understood would prove nothing.
    expect({ body, status }).not.toEqual({ body, status: 400 });
    expect({ body, told: text.includes(full.marker) }).toEqual({ body, told: false });
    expect({ body, changed: await full.snapshot() }).toEqual({ body, changed: before });
  }
});

function allAddresses(file: string): ReturnType<typeof addressesOf> {
  const listed = addressesOf(file, full.ids);
  if (listed.length > 0) {
    return listed;
  }
  const path = file
    .replace(/\.tsx?$/, '')
    .split('.')
    .filter((part) => part !== '_index')
    .join('/');
  return [{ address: `/${path.replace('$', 'nowhere')}`, params: {}, isGone: file === 'app.$.tsx' }];
}
