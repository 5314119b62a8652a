import type { RecordStatus } from '#app/domain/records.ts';
import { RECORD_WORDS, type Tone } from '../words.ts';

/** The word of a status as it stands alone in a badge: `Failed`. */
export function statusBadge(status: RecordStatus): { word: string; tone: Tone } {
  const { word, tone } = RECORD_WORDS[status];
  return { word: word.charAt(0).toUpperCase() + word.slice(1), tone };
}
