import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join, posix, sep } from 'node:path';

/** The path would lead out of the served folder. */
export class OutsideJail extends Error {
  override readonly name = 'OutsideJail';
}

/** A client's path in the form in which it is shown: absolute, without `.`, `..` and a slash at the end. */
export function shownPath(path: string): string {
  const plain = posix.normalize(`/${path}`);
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
}

/**
 * The place on this disk of a client's path. `..` stops at the root; links are followed as long as they stay inside.
 * With `isLinkItself` the last part is not followed: for what acts on a link, not on its target.
 * `root` is a real path. Errors: `OutsideJail`; ENOENT when the folder above does not exist.
 */
export async function placeInside(root: string, path: string, isLinkItself = false): Promise<string> {
  const local = join(root, shownPath(path));
  if (local === root || local === `${root}${sep}`) {
    return root;
  }
  const folder = inside(root, await realpath(dirname(local)));
  const place = join(folder, basename(local));
  if (isLinkItself) {
    return place;
  }
  try {
    return inside(root, await realpath(place));
  } catch (error) {
    // Nothing there is fine for what creates it. A link to nowhere is not: it could create something outside.
    if (isMissing(error) && !(await isThere(place))) {
      return place;
    }
    throw error;
  }
}

function inside(root: string, real: string): string {
  if (real !== root && !real.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)) {
    throw new OutsideJail(real);
  }
  return real;
}

async function isThere(place: string): Promise<boolean> {
  try {
    await lstat(place);
    return true;
  } catch (error) {
    if (isMissing(error)) {
      return false;
    }
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
