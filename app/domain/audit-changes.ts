import type { ConfigChange } from './config-changes.ts';

const SECRET_PATH = /(^|[.\s])(apiKey|key|password|privateKey|passphrase|secret|token|sealed\w*)$/i;
/** A Klaviyo key, a private key, or what the vault makes of one. */
const SECRET_VALUE = /\bpk_\w{6,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|^v1\.[\w-]+\.[\w-]{16,}/;
const LONGEST_SHOWN = 500;

/**
 * The changes of an audit line as a page may show them. Whoever wrote the line masked its secrets; this is the second lock.
 * Lines without a list (older ones have `{}`) have no changes; long texts are cut.
 */
export function changesToShow(stored: unknown): ConfigChange[] {
  if (!Array.isArray(stored)) {
    return [];
  }
  return stored.flatMap((change: unknown): ConfigChange[] => {
    if (change === null || typeof change !== 'object' || !('path' in change)) {
      return [];
    }
    const path = String(change.path);
    const value = (side: 'before' | 'after') =>
      valueToShow(path, side in change ? (change as Record<string, unknown>)[side] : null);
    return [{ path, before: value('before'), after: value('after') }];
  });
}

function valueToShow(path: string, value: unknown): string | null {
  if (value === null || value === undefined) {
    return null;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (SECRET_PATH.test(path) || SECRET_VALUE.test(text)) {
    return '(secret)';
  }
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
