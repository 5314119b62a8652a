/** `12345` cents as `123.45`. */
export function moneyText(cents: number): string {
  const size = Math.abs(cents);
  const rest = size % 100;
  return `${cents < 0 ? '-' : ''}${Math.floor(size / 100)}.${rest < 10 ? '0' : ''}${rest}`;
}

/** A cell as it must stand in the file: in quotes only when it holds a quote, a line break or the delimiter. */
export function quoteCell(text: string, delimiter: string): string {
  if (text.includes('"')) {
    return `"${text.replaceAll('"', '""')}"`;
  }
  return text.includes(delimiter) || text.includes('\n') || text.includes('\r') ? `"${text}"` : text;
}
