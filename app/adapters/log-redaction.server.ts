const MASK = '[redacted]';

/** Members whose text is a secret whatever it looks like, at any depth of the JSON line. */
const SECRET_MEMBERS =
  /"([\w-]*(?:password|passphrase|secret|api[_-]?key|private[_-]?key|sealed[_-]?key|authorization|cookie|token))":"(?:[^"\\]|\\.)*"/gi;

/** Texts that look like secrets wherever they stand: also in the message of an error or a quoted request. */
const SECRET_TEXTS: [RegExp, string][] = [
  [/(?<![A-Za-z0-9])pk_[A-Za-z0-9_-]+/g, `pk_${MASK}`], // Klaviyo private key
  [/(?<![A-Za-z0-9])(shp[a-z]{2})_[A-Za-z0-9]+/g, `$1_${MASK}`], // Shopify tokens and secrets
  [/\b(Klaviyo-API-Key|Bearer|Basic)(\s+)[^\s"'\\,;]+/gi, `$1$2${MASK}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, MASK], // session tokens (JWT)
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"\\]|\\.)*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=")|$)/g, MASK],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*):[^\s@/"]+@/gi, `$1:${MASK}@`], // the password in a URL
  [
    /\b(password|passphrase|api_key|apikey|access_token|client_secret|hmac|id_token)=[^&\s"'\\]+/gi,
    `$1=${MASK}`,
  ],
];

/** The text without anything that looks like a secret; JSON stays JSON. */
export function redactSecrets(text: string): string {
  let clean = text.replace(SECRET_MEMBERS, `"$1":"${MASK}"`);
  for (const [pattern, replacement] of SECRET_TEXTS) {
    clean = clean.replace(pattern, replacement);
  }
  return clean;
}
