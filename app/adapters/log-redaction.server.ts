const MASK = '[redacted]';

/** Members whose text is a secret whatever it looks like, at any depth of the JSON line. */
const SECRET_MEMBERS =
  /"([\w-]*(?:password|passphrase|secret|api[_-]?key|private[_-]?key|sealed[_-]?key|encryption[_-]?keys?|authorization|cookie|token))":"(?:[^"\\]|\\.)*"/gi;

/** The same in JSON that a text quotes: its quotes are escaped. */
const QUOTED_MEMBERS =
  /\\"([\w-]*(?:password|passphrase|secret|api[_-]?key|private[_-]?key|sealed[_-]?key|encryption[_-]?keys?|authorization|cookie|token))\\"(\s*):(\s*)\\".*?(?<!\\)\\"/gi;

/** Texts that look like secrets wherever they stand: also in the message of an error or a quoted request. */
const SECRET_TEXTS: [RegExp, string][] = [
  [/(?<![A-Za-z0-9])pk_[A-Za-z0-9_-]+/g, `pk_${MASK}`], // Klaviyo private key
  [/(?<![A-Za-z0-9])(shp[a-z]{2})_[A-Za-z0-9]+/g, `$1_${MASK}`], // Shopify tokens and secrets
  [/\b(Klaviyo-API-Key|Bearer|Basic)(\s+)[^\s"'\\,;]+/gi, `$1$2${MASK}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, MASK], // session tokens (JWT)
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"\\]|\\.)*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=")|$)/g, MASK],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*):[^\s@/"]+@/gi, `$1:${MASK}@`], // the password in a URL
  [
    /\b(password|passphrase|api_key|apikey|access_token|refresh_token|client_secret|secret|hmac|signature|id_token|session|token)=[^&\s"'\\]+/gi,
    `$1=${MASK}`,
  ],
  [/(\/downloads\/)[^\s"'\\/?]+/g, `$1${MASK}`], // the token of a download is its address
];

/** Shorter ones would be found in innocent words. */
const SHORTEST_SECRET = 8;

/** The text without anything that looks like a secret, and without the `known` ones; JSON stays JSON. */
export function redactSecrets(text: string, known: readonly string[] = []): string {
  let clean = text;
  for (const secret of known) {
    if (secret.length >= SHORTEST_SECRET) {
      // As it stands in JSON.
      clean = clean.replaceAll(JSON.stringify(secret).slice(1, -1), MASK);
    }
  }
  clean = clean
    .replace(SECRET_MEMBERS, `"$1":"${MASK}"`)
    .replace(QUOTED_MEMBERS, `\\"$1\\"$2:$3\\"${MASK}\\"`);
  for (const [pattern, replacement] of SECRET_TEXTS) {
    clean = clean.replace(pattern, replacement);
  }
  return clean;
}
