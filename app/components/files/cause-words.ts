type CauseWords = {
  /** Follows a number of rows: "312 rows: no e-mail, phone or id". */
  what: string;
  /** What to do about it. */
  fix: string;
  link?: { content: string; url: string };
};

const COLUMNS = { content: 'Column settings', url: '/app/settings' };
const MAPPINGS = { content: 'Mappings', url: '/app/mappings' };
const TRANSLATIONS = { content: 'Translations', url: '/app/translations' };

/** Causes that a person can do something about beyond correcting the cell. Others speak for themselves by their first row. */
const CAUSES: Record<string, CauseWords> = {
  missing_key: {
    what: 'the key is blank',
    fix: 'Fill in the column in Apparel21, or choose the column that holds the key.',
    link: COLUMNS,
  },
  missing_customer: {
    what: 'nobody can tell whose it is',
    fix: 'Fill in the customer in Apparel21, or choose the column that holds it.',
    link: COLUMNS,
  },
  key_too_long: { what: 'the key is too long', fix: 'Look for a missing quote or delimiter in the row.' },
  erased: {
    what: 'somebody who was erased',
    fix: 'Left out on purpose, and nothing of the row is kept. Who may come back is decided under Privacy.',
    link: { content: 'Privacy', url: '/app/settings/privacy' },
  },
  'too-few-cells': {
    what: 'fewer cells than the header',
    fix: 'Look for a missing cell. Download the errors, put every cell into its column and upload them under a new name.',
  },
  'too-many-cells': {
    what: 'more cells than the header',
    fix: 'Look for a delimiter inside a value that is not in quotes.',
  },
  no_identity: {
    what: 'no e-mail, phone or id',
    fix: 'Klaviyo needs one of them. Correct the rows, or map the column that holds it.',
    link: MAPPINGS,
  },
  profile_too_large: {
    what: 'more than Klaviyo takes for one profile',
    fix: 'Leave long columns out of the mappings.',
    link: MAPPINGS,
  },
  event_name_too_long: {
    what: 'the name of the event is too long',
    fix: 'Shorten it in the mapping of the event name.',
    link: MAPPINGS,
  },
  missing_time: {
    what: 'no time',
    fix: 'Fill in the column in Apparel21, or choose the column that holds the time.',
    link: COLUMNS,
  },
  bad_time: {
    what: 'a time that we cannot read',
    fix: 'Export times like 2026-01-31T20:15:00, or map the column with a date format.',
    link: MAPPINGS,
  },
  bad_phone: {
    what: 'a phone number that cannot be called',
    fix: 'The rows went without it. Numbers without a country code are read as numbers of the shop’s country.',
    link: { content: 'Shop settings', url: '/app/settings' },
  },
  bad_email: { what: 'an e-mail address that cannot be right', fix: 'The rows went without it.' },
  bad_date: {
    what: 'a date that we cannot read',
    fix: 'The rows went without it. Export dates like 2026-01-31, or change the mapping.',
    link: MAPPINGS,
  },
  bad_currency: {
    what: 'no currency code such as AUD',
    fix: 'Change the mapping of the currency.',
    link: MAPPINGS,
  },
  not_a_number: {
    what: 'not a number',
    fix: 'The rows went without it. Change the mapping.',
    link: MAPPINGS,
  },
  unknown_consent: {
    what: 'consent that is neither yes nor no',
    fix: 'Nobody was subscribed or unsubscribed by it. Translate the value into Yes or No.',
    link: TRANSLATIONS,
  },
  older_row: {
    what: 'rows older than those of the same people before',
    fix: 'An old export came again. It subscribed nobody; the later word counts.',
  },
  left_in_klaviyo: {
    what: 'people who left in Klaviyo since Apparel21 was told yes',
    fix: 'They were not subscribed again. Set them to no in Apparel21.',
  },
  suppressed_in_klaviyo: {
    what: 'people who were suppressed in Klaviyo since Apparel21 was told yes',
    fix: 'They were not subscribed again. Set them to no in Apparel21.',
  },
  left_at_unknown_time: {
    what: 'people who left in Klaviyo, and nobody can tell whether Apparel21 was told yes later',
    fix: 'They were not subscribed again. Who wants it again is set to no and later to yes in Apparel21; or map when consent was given (consent.at).',
    link: MAPPINGS,
  },
  address_bounces: {
    what: 'people whose address bounces',
    fix: 'Klaviyo cannot reach it, so they were not subscribed. Correct the address in Apparel21.',
  },
  not_yes_or_no: {
    what: 'neither yes nor no',
    fix: 'The rows went without it. Translate the value into Yes or No.',
    link: TRANSLATIONS,
  },
  unknown_translation: {
    what: 'a translation table that does not exist',
    fix: 'Add the table, or correct its name in the mapping.',
    link: TRANSLATIONS,
  },
};

/** What a cause means and what to do. One that is not known by name is told by its first row. */
export function causeWords(cause: { code: string; example: string; column: string | null }): CauseWords {
  const known = CAUSES[cause.code];
  if (known === undefined) {
    return { what: cause.example, fix: '' };
  }
  return cause.column === null ? known : { ...known, what: `${cause.column}: ${known.what}` };
}
