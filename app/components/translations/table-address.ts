/** The page of a translation table. */
export function tableAddress(name: string): string {
  return `/app/translations/${encodeURIComponent(name)}`;
}

/** The page of a mapping. */
export function mappingAddress(id: string): string {
  return `/app/mappings/${id}`;
}
