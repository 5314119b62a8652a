const YES = new Set(['yes', 'y', '1', 'true', 't', 'on', 'subscribed', 'subscribe', 'opt-in', 'opted in']);
const NO = new Set([
  'no',
  'n',
  '0',
  'false',
  'f',
  'off',
  'unsubscribed',
  'unsubscribe',
  'opt-out',
  'opted out',
]);

/** Yes and no words in any case; blank = `blank`, any other word = `unknown`. */
export function readYesNo(text: string): 'yes' | 'no' | 'blank' | 'unknown' {
  const word = text.trim().toLowerCase();
  if (word === '') {
    return 'blank';
  }
  return YES.has(word) ? 'yes' : NO.has(word) ? 'no' : 'unknown';
}
