import { benchText, ratiosOf } from '#workers/bench/figures.ts';
import { runBench } from '#workers/bench/bench.ts';
import type { BenchFlags } from '../commands/local.ts';
import { EXIT } from '../exit-codes.ts';
import type { CommandContext } from '../main.ts';

/** The benchmark: exit code 1 when anything was lost on the way. */
export async function bench({ output, exit }: CommandContext, flags: BenchFlags): Promise<void> {
  const { json, ...sizes } = flags;
  const report = await runBench({ ...sizes, say: (text) => output.note(text) });
  if (json === true) {
    output.json({ ...report, ratios: ratiosOf(report) });
  } else {
    output.line(benchText(report));
  }
  exit(report.problems.length === 0 ? EXIT.done : EXIT.needsPerson);
}
