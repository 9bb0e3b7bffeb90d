/** What becomes of a live release of this type, in the registry's word, once its server is deleted; null: not known. */
export function endOfLiveRelease(type: string | null): string {
  if (type === 'stdio') return 'Can no longer be downloaded';
  // Its own host goes on, whoever deletes the entry.
  if (type === 'external_shttp') return 'Can no longer be called through the registry';
  return type === 'hosted_shttp' ? 'Stops answering' : 'Is no longer live';
}
