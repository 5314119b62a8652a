/** The command line's flags, ready for commander: [flags, description]. */
export const GENERATE_FLAGS: readonly (readonly [flags: string, description: string])[] = [
  ['--out <dir>', 'folder for the files (created when missing)'],
  ['--customers <n>', 'customers in the full export'],
  ['--orders <n>', 'orders of the day (one to four rows each)'],
  ['--rewards <n>', 'reward events of the day'],
  ['--seed <n>', 'the same seed gives the same files (default: 1)'],
  ['--change <share>', "the next day's export: 0.01 = one customer in a hundred differs"],
  ['--new <n>', 'customers that join on that next day (default: 0)'],
  ['--day <n>', 'which day, instead of the one after the files in the folder; the first is 0'],
  ['--dirty <rate>', 'dirty rows: 1 = the usual share, 0 = none, at most 4 (default: 1)'],
  ['--country <code>', 'AU or NZ (default: AU)'],
  ['--encoding <name>', 'utf-8, utf-8-bom, utf-16le, utf-16be or windows-1252 (default: utf-8)'],
  ['--delimiter <char>', 'comma, semicolon, tab or pipe (default: comma)'],
  ['--newline <name>', 'lf or crlf (default: lf)'],
];
