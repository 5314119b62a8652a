import type { Context } from '../context.ts';
import {
  RECORD_STATUSES,
  type FileStatus,
  type Lane,
  type RecordKind,
  type RecordStatus,
} from '../domain/records.ts';
import { isUuid } from '../domain/uuid.ts';
import type { PreviewReport } from '../pipeline/preview-file.ts';
import { RECORD_TABLES } from '../pipeline/record-tables.ts';
import { fileProblems, type FileProblems, type ProblemsView } from './file-problems.server.ts';
import { fileSteps, type FileStep } from './file-steps.ts';
import { previewSections, type PreviewSection } from './preview-sections.ts';
import { shopTime } from './shop-time.ts';

export type RunRows = {
  read: number;
  created: number;
  changed: number;
  unchanged: number;
  folded: number;
  rejected: number;
};

/** Records of the run in one status; `count` up to `MOST_COUNTED`, `isMore` = there are more. */
export type RunRecords = { status: RecordStatus; count: number; isMore: boolean };

export type FilePage = {
  id: string;
  name: string;
  kind: RecordKind | null;
  lane: Lane;
  status: FileStatus;
  connection: string;
  isPaused: boolean;
  problem: { code: string; message: string } | null;
  landedAt: string;
  /** Where it lies on the SFTP server; null = it was taken away or replaced. */
  path: string | null;
  /** What became of it there: the clean-up deleted it, or somebody took it away; null = nothing. */
  left: { how: 'deleted' | 'taken-away'; at: string; afterDays: number } | null;
  bytes: number;
  /** `utf-8`, `;`, 31 columns: as it was read; null = it was not. */
  format: { encoding: string; delimiter: string; columns: number } | null;
  runId: string | null;
  /** Null until the file is read. */
  rows: RunRows | null;
  totalRows: number;
  /** Events that could start flows in Klaviyo; null = customers, or a file of before they were counted. */
  flowEvents: number | null;
  isBalanced: boolean;
  records: RunRecords[];
  steps: FileStep[];
  preview: PreviewSection[] | null;
  problems: FileProblems;
  /** True while something about it changes by itself. */
  isLive: boolean;
};

const MOST_COUNTED = 10_000;

type FoundFile = {
  name: string;
  kind: RecordKind | null;
  lane: Lane;
  status: FileStatus;
  path: string;
  size: number;
  format: { encoding: string; delimiter: string; header: string[] } | null;
  problem: { code?: string; message?: string } | null;
  first_seen_at: Date;
  archived_path: string | null;
  archived_at: Date | null;
  cleaned_at: Date | null;
  missing_at: Date | null;
  connection: string;
  paused: boolean;
  mode: string;
  run_id: string | null;
  rows: RunRows | null;
  total_rows: number | null;
  flow_events: number | null;
  warnings: Record<string, number> | null;
  preview: PreviewReport | null;
  started_at: Date | null;
  imported_at: Date | null;
  settled_at: Date | null;
};

/** Everything about one file of a shop; null = the shop has no such file. A handful of queries, none of which counts further than a page can show. */
export async function filePage(
  ctx: Context,
  shop: { id: string; timezone: string; dataSync: boolean },
  fileId: string,
  view: ProblemsView,
): Promise<FilePage | null> {
  const file = await findFile(ctx, shop.id, fileId);
  if (file === undefined) {
    return null;
  }
  const [records, problems] = await Promise.all([
    countRecords(ctx, shop.id, file),
    fileProblems(
      ctx,
      shop.id,
      { id: fileId, header: file.format?.header ?? [], warnings: file.warnings ?? {} },
      view,
    ),
  ]);
  const isRead = file.rows !== null && (file.rows.read > 0 || isOver(file));
  return {
    id: fileId,
    name: file.name,
    kind: file.kind,
    lane: file.lane,
    status: file.status,
    connection: file.connection,
    isPaused: file.paused,
    problem: problemOf(file),
    landedAt: shopTime(file.first_seen_at, shop.timezone),
    path: placeOf(file),
    left: leftOf(file, shop.timezone),
    bytes: file.size,
    format:
      file.format === null
        ? null
        : {
            encoding: file.format.encoding,
            delimiter: file.format.delimiter,
            columns: file.format.header.length,
          },
    runId: file.run_id,
    rows: isRead ? file.rows : null,
    totalRows: file.total_rows ?? 0,
    flowEvents: file.kind === 'customers' ? null : file.flow_events,
    isBalanced: isBalanced(file),
    records,
    steps: stepsOf(file, records, shop),
    preview: file.preview === null ? null : previewSections(file.preview),
    problems,
    isLive: isLive(file, records, shop),
  };
}

async function findFile(ctx: Context, shopId: string, fileId: string): Promise<FoundFile | undefined> {
  if (!isUuid(fileId)) {
    return undefined;
  }
  const [file] = await ctx.db.sql<FoundFile>(
    `SELECT f.name, f.kind, f.lane, f.status, f.path, f.size::float8 AS size, f.format, f.problem, f.first_seen_at, f.archived_path,
            f.archived_at, f.cleaned_at, f.missing_at, c.name AS connection, c.paused, c.mode, r.id AS run_id, r.total_rows, r.flow_events, r.warnings, r.preview,
            r.started_at, r.imported_at, r.settled_at,
            CASE WHEN r.id IS NOT NULL THEN json_build_object('read', r.read, 'created', r.created, 'changed', r.changed,
              'unchanged', r.unchanged, 'folded', r.folded, 'rejected', r.rejected) END AS rows
       FROM source_file f JOIN connection c ON c.id = f.connection_id LEFT JOIN import_run r ON r.file_id = f.id
      WHERE f.shop_id = $1 AND f.id = $2`,
    [shopId, fileId],
  );
  return file;
}

/**
 * Records that this run staged last, by status: at most so many entries of the (run, status) index for each. The order is
 * the index's: without it a planner that thinks every record is of this run reads the table.
 */
async function countRecords(ctx: Context, shopId: string, file: FoundFile): Promise<RunRecords[]> {
  if (file.run_id === null || file.kind === null) {
    return [];
  }
  const rows = await ctx.db.sql<{ status: RecordStatus; count: number }>(
    `SELECT s.status, counted.count
       FROM import_run r CROSS JOIN unnest($3::text[]) AS s (status)
      CROSS JOIN LATERAL (
            SELECT count(*)::int AS count FROM (
              SELECT 1 FROM ${RECORD_TABLES[file.kind]} t
               WHERE t.run_id = r.id AND t.status = s.status
               ORDER BY t.run_id, t.status, t.line, t.id LIMIT ${MOST_COUNTED + 1}) c) counted
      WHERE r.shop_id = $1 AND r.id = $2 AND counted.count > 0`,
    [shopId, file.run_id, RECORD_STATUSES],
  );
  return rows.map(({ status, count }) => ({
    status,
    count: Math.min(count, MOST_COUNTED),
    isMore: count > MOST_COUNTED,
  }));
}

function problemOf({ problem }: FoundFile): FilePage['problem'] {
  return problem?.message === undefined ? null : { code: problem.code ?? '', message: problem.message };
}

/** `#` and an id stand behind the path of a file whose place another one took. */
function placeOf(file: FoundFile): string | null {
  if (file.cleaned_at !== null || file.missing_at !== null) {
    return null;
  }
  if (file.archived_at !== null) {
    return file.archived_path !== null && file.path === file.archived_path ? file.archived_path : null;
  }
  return file.status === 'gone' ? null : file.path;
}

function leftOf(file: FoundFile, timezone: string): FilePage['left'] {
  const at = file.cleaned_at ?? file.missing_at;
  if (at === null) {
    return null;
  }
  const keptMs = at.getTime() - (file.archived_at ?? at).getTime();
  return {
    how: file.cleaned_at === null ? 'taken-away' : 'deleted',
    at: shopTime(at, timezone),
    afterDays: Math.floor(keptMs / 86_400_000),
  };
}

function isOver({ status }: FoundFile): boolean {
  return ['imported', 'archived', 'duplicate', 'previewed'].includes(status);
}

function isBalanced({ rows, status, total_rows: totalRows }: FoundFile): boolean {
  if (rows === null) {
    return true;
  }
  const isSumRight = rows.read === rows.created + rows.changed + rows.unchanged + rows.folded + rows.rejected;
  return isSumRight && (!['imported', 'archived'].includes(status) || rows.read === (totalRows ?? 0));
}

const UNSENT: readonly RecordStatus[] = ['pending', 'sending', 'waiting'];

function stepsOf(
  file: FoundFile,
  records: RunRecords[],
  shop: { timezone: string; dataSync: boolean },
): FileStep[] {
  const words = (at: Date | null) => (at === null ? null : shopTime(at, shop.timezone));
  const unsent = records.filter(({ status }) => UNSENT.includes(status));
  const count = unsent.reduce((sum, one) => sum + one.count, 0);
  const isMore = unsent.some((one) => one.isMore);
  return fileSteps({
    status: file.status,
    lane: file.lane,
    foundAt: shopTime(file.first_seen_at, shop.timezone),
    startedAt: words(file.started_at),
    importedAt: words(file.imported_at),
    settledAt: words(file.settled_at),
    archivedAt: words(file.archived_at),
    isMoved: file.archived_path !== null,
    readRows: file.rows?.read ?? 0,
    totalRows: file.total_rows ?? 0,
    toSend: count === 0 ? null : `${new Intl.NumberFormat('en').format(count)}${isMore ? '+' : ''}`,
    sendingStops: sendingStops(file, unsent, shop),
  });
}

function sendingStops(file: FoundFile, unsent: RunRecords[], shop: { dataSync: boolean }): string | null {
  if (file.paused) {
    return 'The connection is paused';
  }
  if (!shop.dataSync) {
    return 'Data sync is off';
  }
  if (unsent.every(({ status }) => status === 'waiting')) {
    return 'Waits for customers';
  }
  return file.mode === 'test' ? 'Test mode: some are kept back' : null;
}

function isLive(file: FoundFile, records: RunRecords[], shop: { dataSync: boolean }): boolean {
  if (file.paused) {
    return false;
  }
  if (['discovered', 'importing', 'imported'].includes(file.status)) {
    return true;
  }
  const statuses = records.map(({ status }) => status);
  return (
    statuses.includes('sending') || (statuses.includes('pending') && shop.dataSync && file.mode !== 'test')
  );
}
