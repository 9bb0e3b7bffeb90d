/** What a text search over a call looks through: every message in lower case, one a line. */
export function searchTextOf(...entries: readonly (readonly { message: string }[])[]): string {
  return entries
    .flat()
    .map(({ message }) => message.toLowerCase())
    .join('\n');
}
