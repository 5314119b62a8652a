/** How often a shop's recipients get a summary. */
export const DIGESTS = ['off', 'daily', 'weekly'] as const;
export type DigestPace = (typeof DIGESTS)[number];
