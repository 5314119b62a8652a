import { explainRefusal } from './klaviyo-errors.ts';

/** An error of an import job, as the import-errors page gives it. */
export type ImportError = { code: string; detail: string };

/**
 * True when a job dropped a profile because its identifiers belong to several profiles. A single upsert answers such a
 * profile for itself: a 409 says which identifier to leave out.
 */
export function isIdentityConflict(error: ImportError): boolean {
  return (
    /duplicate|conflict/i.test(error.code) ||
    /already exists|duplicate|conflict|belongs to (a|an)other/i.test(error.detail)
  );
}

/** The error in the merchant's words. */
export function explainImportError(error: ImportError): string {
  return explainRefusal({ errors: [{ code: error.code, title: error.detail, detail: error.detail }] });
}
