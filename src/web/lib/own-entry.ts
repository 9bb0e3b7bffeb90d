/** A table's entry for a text that others wrote; undefined where the table itself has none, whatever it inherits. */
export function ownEntry<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
