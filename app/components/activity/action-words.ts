/** First words of actions, as the audit trail says them. An action is stored as `save mapping`, `release file`. */
const PAST: Record<string, string> = {
  add: 'Added',
  apply: 'Applied',
  cancel: 'Cancelled',
  change: 'Changed',
  confirm: 'Confirmed',
  create: 'Created',
  delete: 'Deleted',
  disable: 'Disabled',
  discard: 'Discarded',
  dismiss: 'Dismissed',
  enable: 'Enabled',
  erase: 'Erased',
  export: 'Exported',
  import: 'Imported',
  installed: 'Installed',
  mark: 'Marked',
  move: 'Moved',
  pause: 'Paused',
  pin: 'Pinned',
  redact: 'Redacted',
  release: 'Released',
  remove: 'Removed',
  rename: 'Renamed',
  replace: 'Replaced',
  reorder: 'Reordered',
  resolve: 'Resolved',
  restore: 'Restored',
  resume: 'Resumed',
  retry: 'Retried',
  run: 'Ran',
  save: 'Saved',
  send: 'Sent',
  skip: 'Skipped',
  start: 'Started',
  stop: 'Stopped',
  switch: 'Switched',
  sync: 'Synced',
  test: 'Tested',
  uninstalled: 'Uninstalled',
  update: 'Updated',
  write: 'Wrote',
};

/** `save mapping` → `Saved mapping`. A verb that is not known stays as it is, with a capital. */
export function actionWords(action: string): string {
  const [verb = '', ...rest] = action.split(' ');
  return [PAST[verb] ?? capital(verb), ...rest].join(' ');
}

/** Who did it, as a sentence begins: `command line` → `Command line`. */
export function actorWords(actor: string): string {
  return capital(actor);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
