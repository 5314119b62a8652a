/**
 * The part of a sentence for people that says what to do: what follows the first full stop. Names in quotation marks may have
 * full stops of their own. Blank when the text is one sentence.
 */
export function remedyIn(text: string): string {
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') {
      isQuoted = !isQuoted;
    }
    if (!isQuoted && text[at] === '.' && /^\s+["\p{Lu}]/u.test(text.slice(at + 1))) {
      return text.slice(at + 1).trim();
    }
  }
  return '';
}

/** What is wrong, without the remedy that follows it. */
export function faultIn(message: string, remedy: string): string {
  return remedy !== '' && message.endsWith(remedy) ? message.slice(0, -remedy.length).trim() : message;
}
