import type { MappedCustomer } from './records.ts';

/** What can be wrong with a person's own row, in the order of the report. Stored with the customer: never rename one. */
export const PROBLEM_KINDS = [
  'bad_email',
  'bad_phone',
  'no_identity',
  'no_address',
  'unknown_consent',
  'bad_date',
  'too_long',
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Everything that the report lists. People who share an e-mail and unknown values are no matter of one row alone. */
export const QUALITY_KINDS = ['shared_email', ...PROBLEM_KINDS, 'unknown_store'] as const;
export type QualityKind = (typeof QUALITY_KINDS)[number];

/** A problem of a row with the cell that has it; blank where it is no single cell. */
export type RowProblem = { kind: ProblemKind; column: string; value: string };

/** Warnings and reasons of a customer that are put right in Apparel21. Others are put right in a mapping. */
const KIND_OF_CODE: Readonly<Record<string, ProblemKind>> = {
  bad_email: 'bad_email',
  bad_phone: 'bad_phone',
  no_identity: 'no_identity',
  unknown_consent: 'unknown_consent',
  bad_date: 'bad_date',
  external_id_too_long: 'too_long',
  text_too_long: 'too_long',
  profile_too_large: 'too_long',
};

/**
 * What is wrong with a person's row, to be put right in Apparel21. Nothing for somebody whom a rule leaves out on purpose. Who has
 * neither e-mail nor phone number is listed as such only when nothing was written there: otherwise what was written is the problem.
 */
export function rowProblems(mapped: MappedCustomer): RowProblem[] {
  if (mapped.outcome === 'skipped') {
    return [];
  }
  const issues = mapped.outcome === 'failed' ? [...mapped.warnings, mapped.reason] : mapped.warnings;
  const problems = issues.flatMap(({ code, column = '', value = '' }): RowProblem[] => {
    const kind = KIND_OF_CODE[code];
    return kind === undefined ? [] : [{ kind, column, value }];
  });
  // Several mappings may read one cell.
  const cells = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const isWritten = problems.some(({ kind }) => kind === 'bad_email' || kind === 'bad_phone');
  return hasNoAddress(mapped) && !isWritten
    ? [...cells.values(), { kind: 'no_address', column: '', value: '' }]
    : [...cells.values()];
}

function hasNoAddress(mapped: MappedCustomer): boolean {
  return (
    mapped.outcome === 'mapped' &&
    mapped.payload.attributes.email === undefined &&
    mapped.payload.attributes.phone_number === undefined
  );
}

/** The kinds of problems of a person's row, each once, in the order of the report. */
export function problemKinds(mapped: MappedCustomer): ProblemKind[] {
  const found = new Set(rowProblems(mapped).map(({ kind }) => kind));
  return found.size === 0 ? [] : PROBLEM_KINDS.filter((kind) => found.has(kind));
}

/** What a kind of problem is called, what happens with such people until it is put right, and how that is done. */
export type QualityWords = { title: string; meanwhile: string; fix: string };

export const QUALITY_WORDS: Readonly<Record<QualityKind, QualityWords>> = {
  shared_email: {
    title: 'Shared e-mail address',
    meanwhile:
      'Klaviyo keeps one profile for each address. It shows the person whom Apparel21 changed last; the others are skipped, and their orders and rewards go to the same profile.',
    fix: 'Merge the people in Apparel21 when they are the same person. Otherwise give each an address of their own.',
  },
  bad_email: {
    title: 'Unusable e-mail address',
    meanwhile: 'The address is left out. The rest of the person goes to Klaviyo all the same.',
    fix: 'Correct the e-mail address in Apparel21, or delete it.',
  },
  bad_phone: {
    title: 'Unusable phone number',
    meanwhile: 'The number is left out. The rest of the person goes to Klaviyo all the same.',
    fix: 'Correct the phone number in Apparel21, with the country code when it is of another country, or delete it.',
  },
  no_identity: {
    title: 'Person without identity',
    meanwhile:
      'Not sent, and neither are their orders and rewards: without an e-mail address, phone number or ID Klaviyo cannot tell who it is.',
    fix: 'Enter an e-mail address or a phone number in Apparel21.',
  },
  no_address: {
    title: 'No e-mail address or phone number',
    meanwhile: 'The profile is kept by its ID alone. Nobody can write to such a person from Klaviyo.',
    fix: 'Enter an e-mail address or a mobile number in Apparel21 when you know one.',
  },
  unknown_consent: {
    title: 'Consent that is neither yes nor no',
    meanwhile: 'The value counts as no opinion: nobody is subscribed or unsubscribed by it.',
    fix: 'Enter Yes or No in Apparel21, or leave the cell blank.',
  },
  bad_date: {
    title: 'Unreadable date',
    meanwhile: 'The date is left out. The rest of the person goes to Klaviyo all the same.',
    fix: 'Correct the date in Apparel21. If every date is listed, export them like 2026-01-31.',
  },
  too_long: {
    title: 'Cell that is too long',
    meanwhile:
      'What is longer than Klaviyo takes is left out. Somebody whose profile is too large as a whole is not sent.',
    fix: 'Shorten the cell in Apparel21.',
  },
  unknown_store: {
    title: 'Unknown store or other value without a translation',
    meanwhile: 'Klaviyo gets what the translation table does with unknown values, usually the bare code.',
    fix: 'Add the value to the translation table, or correct the code in Apparel21.',
  },
};
