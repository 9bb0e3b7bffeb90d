/** What is asked for cannot be done with this data; one line for the person who asked. */
export class DataRefused extends Error {
  override name = 'DataRefused';
}

/** A number of things, in words. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
