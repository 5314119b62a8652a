/** Something wrong with one field of a form; `field` is its path in the submitted value (`rules.0.template`), '' = the whole. */
export type FieldProblem = { field: string; message: string };

/** What an action tells the page after a form was sent. What was typed stays in the page, so it is not sent back. */
export type FormAnswer =
  | {
      ok: true;
      /** Two or three words, past tense, for a toast: "Mapping saved". */
      message: string;
    }
  | { ok: false; problems: FieldProblem[] };

/** The answer to a form that a whole-form problem keeps from being saved. */
export function refusal(message: string): FormAnswer {
  return { ok: false, problems: [{ field: '', message }] };
}
