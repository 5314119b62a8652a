const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text from an address or a command line can be the id of a row: PostgreSQL throws at anything else. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
