import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { CHROMIUM_ARGUMENTS } from './chromium.ts';
import { systemProgram } from './system-programs.ts';

let browser: Promise<Browser> | undefined;

/** One Chromium for a test file; it ends with the process. */
function theBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: systemProgram('chromium'), args: CHROMIUM_ARGUMENTS });
  return browser;
}

export const WIDE = { width: 1280, height: 900 };
export const NARROW = { width: 390, height: 844 };

export type TestPage = {
  page: Page;
  /** What the page said in its console that is an error, and errors nobody caught. */
  faults: string[];
  /**
   * Layout shift of the document while it loads (https://web.dev/articles/cls): up to the first thing that is clicked, typed or
   * chosen, for what a person asked for may move the page, however long a busy machine takes for the answer.
   */
  layoutShift(): Promise<number>;
} & AsyncDisposable;

/** A fresh window on an address of the app. Fails at its end when the page reported an error. */
export async function openPage(url: string, viewport = WIDE): Promise<TestPage> {
  const context = await (
    await theBrowser()
  ).newContext({ viewport, locale: 'en-AU', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults: string[] = [];
  // Remix cuts the request of a page that is left, and then reports the end of that request.
  const note = (fault: string) => fault.startsWith('AbortError') || faults.push(fault);
  page.on('console', (message) => {
    if (message.type() === 'error') {
      note(message.text());
    }
  });
  page.on('pageerror', (error) => note(String(error)));
  await page.addInitScript(() => {
    const seen = { shift: 0, hasActed: false };
    Object.assign(window, { seenByTheTest: seen });
    for (const event of ['pointerdown', 'keydown', 'input']) {
      window.addEventListener(event, () => (seen.hasActed = true), { capture: true });
    }
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[]) {
        seen.shift += seen.hasActed || entry.hadRecentInput ? 0 : entry.value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(url, { waitUntil: 'networkidle' });
  return {
    page,
    faults,
    layoutShift: () =>
      page.evaluate(() => (window as unknown as { seenByTheTest: { shift: number } }).seenByTheTest.shift),
    async [Symbol.asyncDispose]() {
      await context.close();
      expect(faults).toEqual([]);
    },
  };
}

type Violation = { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] };

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical findings of axe on the page as it stands, a line each; [] = none. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  // Half-way through a transition colours are those of no page that anybody reads.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime))
        .map((one) => one.finished),
    ),
  );
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(where: Document, options: object): Promise<{ violations: Violation[] }> };
    };
    return (await axe.run(document, { resultTypes: ['violations'] })).violations;
  });
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

export { sidewaysScroll } from './chromium.ts';
