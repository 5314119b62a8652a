import type { Context } from '../context.ts';
import type { RecordKind } from '../domain/records.ts';
import { evaluatorFor } from './import-file.ts';
import type { ConnectionScope } from './load-connections.ts';
import { previewUnits, type PreviewReport } from './preview-file.ts';
import { surveyFile } from './survey-file.ts';

/** Dry run of a file on this machine as if it lay in the connection's pending lane. Writes and sends nothing. */
export async function previewLocalFile(
  ctx: Context,
  input: { scope: ConnectionScope; path: string; name: string; kind: RecordKind; limit: number },
): Promise<PreviewReport> {
  const { scope, path, name, kind, limit } = input;
  const survey = await surveyFile(ctx, { path, name, kind, rules: scope.rules, connection: scope.name });
  const evaluator = evaluatorFor(
    { kind, rules: scope.rules, rulesHash: scope.rulesHash, lane: 'pending' },
    survey,
  );
  return previewUnits(ctx, scope.shopId, {
    connectionId: scope.id,
    name,
    path,
    rules: scope.rules,
    survey,
    evaluator,
    limit,
  });
}
