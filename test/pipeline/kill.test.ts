import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { expect, test } from 'vitest';
import { expectWholeAndOnce, fill } from '#test/builders/whole-and-once.ts';
import { createWorld, SHOP, type World } from '#test/builders/world.ts';

const CLI = path.resolve(import.meta.dirname, '../../workers/cli/threadline.mjs');

/** Set THREADLINE_TEST_SEED to see a run again (the moments of a kill are as random as the machine is busy). */
const seed = Number(process.env.THREADLINE_TEST_SEED ?? randomInt(1_000_000));

function mulberry(state: number): () => number {
  let next = state;
  return () => {
    next = (next + 0x6d2b79f5) | 0;
    let mixed = Math.imul(next ^ (next >>> 15), 1 | next);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `threadline sync` as a process, killed with SIGKILL as soon as `when` resolves; null = never. Returns the exit code. */
function syncProcess(world: World, when: Promise<unknown> | null): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, 'sync', '--shop', SHOP], {
      env: { ...process.env, ...world.env, THREADLINE_CONSENT_SETTLE_MS: '1500' },
      stdio: 'ignore',
    });
    child.once('exit', (code) => resolve(code));
    void when?.then(() => child.kill('SIGKILL'));
  });
}

test(
  'a sync that is killed again and again, at random moments, ends whole: nothing lost, no event and no consent call twice',
  { timeout: 240_000 },
  async () => {
    const random = mulberry(seed);
    await using world = await createWorld({
      klaviyo: { latencyMs: 15, jobDurationMs: 60, processingDelayMs: 20 },
    });
    fill(world);
    const kills: number[] = [];
    for (let round = 0; round < 14; round += 1) {
      const afterMs = 700 + Math.floor(random() * 2_200);
      kills.push(afterMs);
      const code = await syncProcess(world, new Promise((resolve) => setTimeout(resolve, afterMs)));
      if (code === 0) {
        break;
      }
    }
    const context = `seed ${seed}, killed after ${kills.join(', ')} ms`;

    const code = await syncProcess(world, null);

    expect(code, context).toBe(0);
    await expectWholeAndOnce(world);
  },
);

/** Requests by the moment at which the process dies: when Klaviyo has just carried one out and not yet answered. */
const MOMENTS = [
  ['a profile import', '/api/profile-bulk-import-jobs', 1],
  ['the creation of the list', '/api/lists', 1],
  ['a subscribe call', '/api/profile-subscription-bulk-create-jobs', 1],
  ['an unsubscribe call', '/api/profile-subscription-bulk-delete-jobs', 1],
  ['an event request', '/api/event-bulk-create-jobs', 1],
  ['the second event request', '/api/event-bulk-create-jobs', 2],
] as const;

test.each(MOMENTS)(
  'a process that dies when Klaviyo has done %s and not answered leaves nothing to be sent twice',
  { timeout: 120_000 },
  async (_, requestPath, nth) => {
    let die: () => void = () => undefined;
    const moment = new Promise<void>((resolve) => {
      die = resolve;
    });
    await using world = await createWorld({
      klaviyo: {
        jobDurationMs: 60,
        // Carried out, never answered: the worst moment there is.
        faults: [
          {
            match: { method: 'POST', path: requestPath },
            kind: 'hang',
            accepted: true,
            after: nth - 1,
            times: 1,
          },
        ],
        onRequest(request) {
          if (request.fault === 'hang') {
            die();
          }
        },
      },
    });
    fill(world);

    const killed = await syncProcess(world, moment);
    const code = await syncProcess(world, null);

    expect(killed).toBeNull();
    expect(code).toBe(0);
    await expectWholeAndOnce(world);
  },
);
