import { expect } from 'vitest';
import { testWith } from '#test/builders/system-programs.ts';
import { SHORT } from './options.ts';
import { runSoak } from './soak.ts';

/** Set THREADLINE_TEST_SEED to see the plan of a run again. */
const seed = Number(process.env.THREADLINE_TEST_SEED ?? 1 + Math.floor(Math.random() * 1_000_000));

testWith(
  'redis-server',
  'shops, workers that are killed, an emptied Redis, a restarted database, faults and a dead account: nothing is lost, nothing goes out twice',
  async () => {
    const { problems, figures } = await runSoak({ ...SHORT, seed });

    expect(problems, [`seed ${seed}`, ...figures].join('\n')).toEqual([]);
  },
  // A minute or so on a quiet machine.
  { timeout: (SHORT.limitSeconds + 20) * 1_000 },
);
