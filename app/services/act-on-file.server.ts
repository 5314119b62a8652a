import type { Context } from '../context.ts';
import { isAppError } from '../domain/errors.ts';
import { refusal, type FormAnswer } from '../domain/form-answer.ts';
import { isUuid } from '../domain/uuid.ts';
import { discardFile, releaseFile, startBulkFile } from './decide-file.server.ts';
import { findOriginal } from './downloads/file-original.server.ts';
import { issueDownload } from './downloads/issue-download.server.ts';
import { wakeConnections } from './wake-connections.server.ts';

/** What the buttons of a file's page do. */
export const FILE_ACTS = ['release', 'discard', 'start', 'download-errors', 'download-original'] as const;
export type FileAct = (typeof FILE_ACTS)[number];

type ActInput = { fileId: string; actor: string; intent: FileAct };
type ActAnswer = FormAnswer | { ok: true; message: string; download: string };

/**
 * Does what a button of a file's page asks for. Null: the shop has no such file. A deed that cannot be done (the file was
 * decided meanwhile, SFTP refuses) is an answer with its reason and remedy.
 */
export async function actOnFile(ctx: Context, shopId: string, input: ActInput): Promise<ActAnswer | null> {
  const [file] = isUuid(input.fileId)
    ? await ctx.db.sql('SELECT id FROM source_file WHERE shop_id = $1 AND id = $2', [shopId, input.fileId])
    : [];
  if (file === undefined) {
    return null;
  }
  try {
    return await act(ctx, shopId, input);
  } catch (error) {
    if (!isAppError(error)) {
      throw error;
    }
    ctx.log.warn({ shopId, file: input.fileId, intent: input.intent, err: error }, 'a file was not acted on');
    return refusal(error.hint);
  }
}

async function act(ctx: Context, shopId: string, input: ActInput): Promise<ActAnswer> {
  const { fileId } = input;
  switch (input.intent) {
    case 'release': {
      const { connectionId } = await releaseFile(ctx, shopId, input);
      await wakeConnections(ctx, shopId, [connectionId]);
      return { ok: true, message: 'File released' };
    }
    case 'discard':
      await discardFile(ctx, shopId, input);
      return { ok: true, message: 'File discarded' };
    case 'start': {
      const { connectionId } = await startBulkFile(ctx, shopId, input);
      await wakeConnections(ctx, shopId, [connectionId]);
      return { ok: true, message: 'Import started' };
    }
    case 'download-errors':
      return download(ctx, shopId, { kind: 'file-errors', input: { fileId } });
    case 'download-original': {
      const original = await findOriginal(ctx, shopId, fileId);
      await original?.sftp.close();
      return original === null
        ? refusal(
            'The file is no longer on the SFTP server: somebody took it away, or the clean-up deleted it.',
          )
        : download(ctx, shopId, { kind: 'file-original', input: { fileId } });
    }
  }
}

async function download(
  ctx: Context,
  shopId: string,
  ticket: Parameters<typeof issueDownload>[2],
): Promise<ActAnswer> {
  return { ok: true, message: 'Download started', download: await issueDownload(ctx, shopId, ticket) };
}
