import { Readable } from 'node:stream';
import { createReadableStreamFromReadable, type LoaderFunctionArgs } from '@remix-run/node';
import { openDownload } from '#app/services/downloads/open-download.server.ts';

/** The address is the permission (see `issueDownload`): it works once, for a minute, for what one shop asked for. */
export async function loader({ params, context }: LoaderFunctionArgs) {
  const download = await openDownload(context.threadline, params['token'] ?? '');
  if (download === null) {
    return new Response('This download has ended. Go back to Threadline and start it again.', {
      status: 410,
      headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
    });
  }
  return new Response(createReadableStreamFromReadable(Readable.from(download.body)), {
    headers: {
      'Content-Type': download.contentType,
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(download.filename)}`,
      'Cache-Control': 'no-store',
      'X-Robots-Tag': 'noindex',
    },
  });
}
