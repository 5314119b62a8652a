/** Longest address that Klaviyo takes: under 100 characters (its events guide). */
const LONGEST = 99;

// One @; a local part of plain ASCII without dots at its ends or in a row; a domain of labels whose last one is letters
// or punycode.
const ADDRESS =
  /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(xn--[a-z0-9-]{2,59}|\p{L}{2,63})$/u;

/**
 * An address as Klaviyo will take it: trimmed and in lower case as a whole, because Klaviyo compares addresses so.
 * Otherwise what is wrong with it, in words.
 */
export function readEmail(text: string): { email: string } | { problem: string } {
  const email = text.trim().toLowerCase();
  if (email.length > LONGEST) {
    return { problem: `is longer than ${LONGEST} characters` };
  }
  if (!email.includes('@')) {
    return { problem: 'has no @' };
  }
  if (!ADDRESS.test(email)) {
    return { problem: 'is not a complete e-mail address' };
  }
  return { email };
}
