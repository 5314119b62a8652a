/** The words of the translation pages, as a merchant would explain them. */
export const TRANSLATION_WORDS = [
  {
    word: 'Table',
    means:
      'A list with two columns: the value as it stands in the file, and the text that is used instead of it.',
  },
  {
    word: 'From and to',
    means:
      'From is compared without surrounding blanks; upper and lower case count only where two lines differ in nothing else. A blank “to” makes the value blank.',
  },
  {
    word: 'Missing',
    means:
      'Values that files brought and the table does not have. Type what they mean and save; dismissed ones come back when a file brings them again.',
  },
  {
    word: 'A value without a translation',
    means:
      'What happens to such a value until it has a line: it is kept, left blank, or replaced by one fixed text.',
  },
];
