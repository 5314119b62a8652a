import type { Sql } from '../context.ts';
import type { JsonObject } from '../domain/records.ts';
import type { ClaimedFile } from './claim-file.ts';
import { storedJson } from './stored-json.ts';

export type NotedIssue = {
  severity: 'warning' | 'error';
  code: string;
  message: string;
  line: number | null;
  column: string | null;
  value?: string;
  recordKey?: string;
  source?: JsonObject;
};

/** Warnings kept row by row for each code of a run; the rest is counted only. Errors are all kept: they are downloaded. */
const WARNINGS_KEPT = 200;

/** Notes what is wrong with rows of a file: every error, and warnings up to a bound, counted in full on the run. */
export async function noteIssues(
  sql: Sql,
  shopId: string,
  input: { connectionId: string; file: ClaimedFile; issues: NotedIssue[] },
): Promise<void> {
  const { connectionId, file, issues } = input;
  if (issues.length === 0) {
    return;
  }
  const [run] = await sql<{ warnings: Record<string, number> }>(
    'SELECT warnings FROM import_run WHERE id = $1',
    [file.runId],
  );
  const counts: Record<string, number> = { ...run?.warnings };
  const kept = issues.filter((issue) => {
    if (issue.severity === 'error') {
      return true;
    }
    counts[issue.code] = (counts[issue.code] ?? 0) + 1;
    return (counts[issue.code] ?? 0) <= WARNINGS_KEPT;
  });
  await sql(
    `INSERT INTO record_error (shop_id, connection_id, file_id, record_kind, record_key, severity, code, message, line, "column", value, source)
     SELECT $1, $2, $3, $4, i."recordKey", i.severity, i.code, i.message, i.line, i."column", left(i.value, 500), i.source
       FROM jsonb_to_recordset($5::jsonb)
         AS i("recordKey" text, severity text, code text, message text, line int, "column" text, value text, source jsonb)`,
    [shopId, connectionId, file.id, file.kind, storedJson(kept)],
  );
  await sql('UPDATE import_run SET warnings = $2 WHERE id = $1', [file.runId, JSON.stringify(counts)]);
}
