/** One changed setting: where, and what it was and is. Secrets are masked. */
export type ConfigChange = { path: string; before: string | null; after: string | null };

const SECRETS = /(^|\.)(apiKey|password|privateKey|passphrase)$/;

/**
 * What differs between two configurations (a whole ShopFile or a part of one), by path; lists of named things go by name.
 * Null before = it is new. Secrets are known by their name: keep them under the names that shop.yaml has.
 */
export function changesBetween(before: object | null, after: object): ConfigChange[] {
  const old = before === null ? new Map<string, string>() : flatten(before);
  const now = flatten(after);
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => ({
      path,
      before: mask(path, old.get(path)),
      after: mask(path, now.get(path)),
    }));
}

function mask(path: string, value: string | undefined): string | null {
  if (value === undefined) {
    return null;
  }
  return SECRETS.test(path) ? '(secret)' : value;
}

function flatten(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) {
    const seen = new Map<string, number>();
    value.forEach((item, index) => {
      const name = nameOf(item) ?? String(index);
      const place = (seen.get(name) ?? 0) + 1;
      seen.set(name, place);
      flatten(item, `${path}[${place > 1 ? `${name} ${place}` : name}]`, into);
    });
    // The order of mappings decides which comes first: a list of names is part of the configuration.
    if (value.length > 0 && nameOf(value[0]) !== null) {
      into.set(`${path}.order`, value.map(nameOf).join(', '));
    }
  } else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      flatten(member, path === '' ? key : `${path}.${key}`, into);
    }
  } else if (value !== undefined) {
    into.set(path, String(value));
  }
  return into;
}

function nameOf(item: unknown): string | null {
  if (item === null || typeof item !== 'object') {
    return null;
  }
  if ('name' in item && typeof item.name === 'string') {
    return item.name;
  }
  return 'scope' in item && 'target' in item ? `${String(item.scope)} ${String(item.target)}` : null;
}
