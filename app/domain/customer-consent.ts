import type { CustomerDraft } from './customer-attributes.ts';
import { textResult } from './evaluate-target.ts';
import type { ConsentWish, JsonValue } from './records.ts';
import type { ConsentTarget } from './targets.ts';
import { readYesNo } from './yes-no.ts';

/** Yes words subscribe, no words unsubscribe, anything else is no opinion. */
function readConsentWish(text: string): ConsentWish | null {
  const word = readYesNo(text);
  return word === 'yes' ? 'subscribe' : word === 'no' ? 'unsubscribe' : null;
}

/** Takes over what a mapping says about consent. A word that is neither yes nor no is no opinion, with a warning. */
export function setConsent(draft: CustomerDraft, name: ConsentTarget, value: JsonValue): void {
  const text = textResult(value) ?? '';
  if (name === 'source') {
    draft.consent.source = text;
    return;
  }
  if (name === 'at') {
    const time = draft.time.read(text);
    if (time === null) {
      draft.notes.warn(
        'bad_date',
        `"${text}" is not a date that we can read; when consent was given is unknown.`,
        text,
      );
    } else {
      draft.consent.at = time.iso;
    }
    return;
  }
  const wish = readConsentWish(text);
  if (wish === null) {
    const message = `"${text}" is neither yes nor no; nothing is said about ${name} consent.`;
    draft.notes.warn('unknown_consent', message, text);
  } else {
    draft.consent[name] = wish;
  }
}
