/** The folders that belong to a connection: the same path with the first folder replaced. */
export type LaneDirectories = {
  pending: string;
  test: string;
  bulk: string;
  processed: string;
  outbound: string;
};

/** `/pending/au` → `/test/au`, `/bulk/au`, `/processed/au`, `/outbound/au`. Expects a valid directory. */
export function laneDirectories(directory: string): LaneDirectories {
  const rest = directory.slice('/pending'.length);
  return {
    pending: directory,
    test: `/test${rest}`,
    bulk: `/bulk${rest}`,
    processed: `/processed${rest}`,
    outbound: `/outbound${rest}`,
  };
}

/** A sentence about what is wrong with a connection's directory; null = nothing. */
export function directoryProblem(directory: string): string | null {
  if (!directory.startsWith('/')) {
    return `The directory "${directory}" must start with "/", for example /pending/au.`;
  }
  const folders = directory.slice(1).split('/');
  if (folders[0] !== 'pending') {
    return `The directory "${directory}" must lie in /pending, for example /pending/au.`;
  }
  if (folders.some((folder) => folder === '')) {
    return `The directory "${directory}" has an empty folder: write it without "//" and without "/" at the end.`;
  }
  if (folders.some((folder) => folder === '.' || folder === '..')) {
    return `The directory "${directory}" must not contain "." or "..".`;
  }
  if (folders.some((folder) => folder !== folder.trim() || hasUnsafeCharacter(folder))) {
    return `The directory "${directory}" has a folder name with blanks around it, a backslash or control characters.`;
  }
  return null;
}

function hasUnsafeCharacter(folder: string): boolean {
  return [...folder].some((character) => character < ' ' || character === '\\' || character === '\u007f');
}

/**
 * True when two connections would read the same files: equal directories, ignoring case, because some SFTP servers do.
 * `/pending` and `/pending/au` do not overlap: only files directly in a directory are read.
 */
export function directoriesOverlap(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
