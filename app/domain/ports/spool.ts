/** The private folder in which fetched files wait; types only. */
export type SpoolPort = {
  /** Absolute path for a file of this id. */
  pathOf(fileId: string): string;
  exists(path: string): Promise<boolean>;
  remove(path: string): Promise<void>;
};
