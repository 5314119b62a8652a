import type { Context } from '../../context.ts';
import { sha256 } from '../../domain/hash.ts';
import type { JsonObject } from '../../domain/records.ts';
import type { Download, DownloadKind } from './download.ts';
import { fileErrors } from './file-errors.server.ts';
import { fileOriginal } from './file-original.server.ts';
import { personData } from './person-data.server.ts';
import { qualityDownload } from './quality.server.ts';
import { shopFileDownload } from './shop-file.server.ts';
import { translationsDownload } from './translations.server.ts';

const KINDS: Record<string, DownloadKind> = {
  'file-errors': fileErrors,
  'file-original': fileOriginal,
  'person-data': personData,
  quality: qualityDownload,
  'shop-file': shopFileDownload,
  translations: translationsDownload,
};

/** Takes a ticket and makes its file. Null: no such ticket, or used, or older than a minute, or the file is gone. */
export async function openDownload(ctx: Context, token: string): Promise<Download | null> {
  const [ticket] = await ctx.db.sql<{ shop_id: string; kind: string; input: JsonObject }>(
    `UPDATE download_ticket SET used_at = now() WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now()
      RETURNING shop_id, kind, input`,
    [sha256(token)],
  );
  const make = ticket === undefined ? undefined : KINDS[ticket.kind];
  return ticket === undefined || make === undefined ? null : make(ctx, ticket.shop_id, ticket.input);
}
