import type { Context } from '../../context.ts';
import type { JsonObject } from '../../domain/records.ts';

/** A file for a person, made while it is sent. */
export type Download = {
  filename: string;
  /** `text/csv; charset=utf-8` */
  contentType: string;
  body: AsyncIterable<string | Uint8Array>;
};

/** Makes a download of one kind. The shop is the ticket's; `input` is what the page asked for. Null = it is gone. */
export type DownloadKind = (ctx: Context, shopId: string, input: JsonObject) => Promise<Download | null>;
