import { NO_FILTER, recordsPath } from '#app/domain/record-filter.ts';
import type { ScheduleSentence } from '#app/domain/schedule.ts';

/** Where a sentence of the schedule is looked into or acted upon; null = nowhere but here. */
export function scheduleLink(
  { code, fileId, kind }: ScheduleSentence,
  connectionId: string,
): { content: string; url: string } | null {
  if (fileId !== undefined) {
    return { content: 'Open file', url: `/app/files/${fileId}` };
  }
  switch (code) {
    case 'no-sftp':
    case 'intake-trouble':
      return { content: 'SFTP settings', url: '/app/settings/sftp' };
    case 'held':
    case 'bulk':
    case 'unrecognised':
      return { content: 'Open files', url: `/app/files?tab=needs-you&connection=${connectionId}` };
    case 'queued':
    case 'unsettled':
    case 'to-move':
      return { content: 'Open files', url: `/app/files?tab=in-progress&connection=${connectionId}` };
    case 'sync-off':
      return { content: 'Automation', url: '/app/settings/automation' };
    case 'waiting':
      return {
        content: 'See them',
        url: recordsPath(kind ?? 'orders', { ...NO_FILTER, tab: 'waiting', connectionId }),
      };
    case 'failed':
      return {
        content: 'See why',
        url: recordsPath(kind ?? 'customers', { ...NO_FILTER, tab: 'failed', connectionId }),
      };
    default:
      return null;
  }
}
