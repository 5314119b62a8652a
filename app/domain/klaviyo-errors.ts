export type KlaviyoProblem = {
  code: string;
  message: string;
  /** What the merchant can do. */
  hint: string;
  /** Index of the item in the request; null when the error names none. */
  index: number | null;
  pointer: string | null;
  /** `meta.duplicate_profile_id` of a 409. */
  duplicateProfileId: string | null;
};
export type Refusal = { code: string; message: string; hint: string };

export function readKlaviyoErrors(_body: unknown): KlaviyoProblem[] {
  throw new Error('not written yet');
}
/** `unplaced`: at least one error names no row (or one outside), or the body holds no errors. */
export function rowsRefused(_body: unknown, _itemCount: number): { rows: Map<number, Refusal>; unplaced: KlaviyoProblem[] } {
  throw new Error('not written yet');
}
/** One or two sentences for the merchant. */
export function explainRefusal(_body: unknown): string {
  throw new Error('not written yet');
}
