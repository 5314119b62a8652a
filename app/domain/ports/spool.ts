/** The private folder in which fetched files wait; types only. */
export type SpoolPort = {
  /** Absolute path for a file of this id. */
  pathOf(fileId: string): string;
  exists(path: string): Promise<boolean>;
  remove(path: string): Promise<void>;
  /** What lies in it, finished or not: of which file, and when it was last written. */
  list(): Promise<{ path: string; fileId: string; modifiedAtMs: number }[]>;
};
