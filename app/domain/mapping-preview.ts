/** What the mapping editor shows of a draft on one real row and on a sample of them. */
export type MappingPreview = {
  row: { label: string; columns: { name: string; value: string }[] } | null;
  /** Which rule of the draft held, from 0. */
  matchedRule: number | null;
  /** What Klaviyo would get, as printed JSON. */
  result: string | null;
  outcome: 'value' | 'blank' | 'no-rule' | 'cleared' | 'skipped';
  warnings: { message: string }[];
  /** Mistakes of the draft; `field` is its path in the draft (`rules.1.template`), as in a `FormAnswer`. */
  problems: { field: string; message: string }[];
  /** Of the newest source rows: how many a rule held for, how many of those came out blank, and how many each rule took. */
  sample: { rows: number; matched: number; blank: number; byRule: number[] } | null;
  /** A sentence where there is more to say: no row found, the row could not be read, another mapping comes first. */
  note: string | null;
};
