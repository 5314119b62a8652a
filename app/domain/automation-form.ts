import type { DigestPace } from './mails/digest-pace.ts';

/** What a person types on the page of the automation; numbers as they were typed. */
export type AutomationForm = {
  dataSync: boolean;
  pollSeconds: string;
  cleanupEnabled: boolean;
  retentionDays: string;
  digest: DigestPace;
};
