import type { Context } from '../context.ts';
import { estimateWork, type Estimate, type Work } from '../domain/estimate.ts';
import type { RecordKind } from '../domain/records.ts';
import { profileItemBytes } from '../domain/wire.ts';
import { evaluateUnits, type Evaluation } from './evaluate-units.ts';
import { evaluatorFor } from './import-file.ts';
import type { ConnectionScope } from './load-connections.ts';
import { readUnits } from './read-units.ts';
import { surveyFile } from './survey-file.ts';

/** Requests and time that a local file would take: it is read, mapped and compared, and what would go out is counted. */
export async function estimateFile(
  ctx: Context,
  input: { scope: ConnectionScope; path: string; name: string; kind: RecordKind },
): Promise<Estimate & { work: Work }> {
  const { scope, path, name, kind } = input;
  const survey = await surveyFile(ctx, { path, name, kind, rules: scope.rules, connection: scope.name });
  const evaluator = evaluatorFor(
    { kind, rules: scope.rules, rulesHash: scope.rulesHash, lane: 'pending' },
    survey,
  );
  const work: Work = {
    profiles: 0,
    profileBytes: 0,
    singles: 0,
    subscribes: 0,
    unsubscribes: 0,
    events: 0,
    eventBytes: 0,
    batchSize: scope.batchSize,
    batchBytes: ctx.settings.batchBytes,
  };
  await readUnits(ctx, { path, name, kind, rules: scope.rules, survey, from: {} }, async (chunk) => {
    const evaluations = await evaluateUnits(ctx, scope.id, evaluator, chunk.units);
    evaluations.forEach((evaluation) => count(work, evaluation));
  });
  return { ...estimateWork(work), work };
}

function count(work: Work, { standing, result, stored }: Evaluation): void {
  if (standing === 'unchanged' || result === null || result.mapped.of.outcome !== 'mapped') {
    return;
  }
  if (result.mapped.kind !== 'customers') {
    if (result.mapped.of.outcome === 'mapped') {
      work.events += result.mapped.of.payload.events.length;
      work.eventBytes += JSON.stringify(result.mapped.of.payload).length;
    }
    return;
  }
  const { payload, consent } = result.mapped.of;
  if (payload.clear.length > 0) {
    work.singles += 1;
  } else {
    work.profiles += 1;
    work.profileBytes += profileItemBytes(payload);
  }
  for (const wish of [
    consent.email === stored?.consent_email ? undefined : consent.email,
    consent.sms === stored?.consent_sms ? undefined : consent.sms,
  ]) {
    work.subscribes += wish === 'subscribe' ? 1 : 0;
    work.unsubscribes += wish === 'unsubscribe' ? 1 : 0;
  }
}
