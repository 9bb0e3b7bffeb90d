const MAX_LENGTH = 200;

/** What a display name is sorted by: as people sort, whatever its case and its accents. Compared byte by byte. */
export function nameKey(displayName: string): string {
  const bare = displayName.normalize('NFKD').replaceAll(/\p{M}+/gu, '');
  return bare.toLowerCase().trim().slice(0, MAX_LENGTH);
}
