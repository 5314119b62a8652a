/** Where the sealed tokens of a Shopify session stand: the additional data of their seal. */
export function sessionPlace(sessionId: string): string {
  return `session/${sessionId}`;
}
