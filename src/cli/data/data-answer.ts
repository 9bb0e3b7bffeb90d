import type { ProgressLines } from './progress-lines.ts';

/** What a command has to tell: to a program, and to a person. */
export interface DataAnswer {
  json: unknown;
  text: string;
  /** True where something was found wrong. */
  isWrong: boolean;
}

/** What each of these commands works with. */
export interface DataTools {
  now: () => Date;
  progress: ProgressLines;
}

/** What is asked for cannot be done with this data; one line for the person who asked. */
export class DataRefused extends Error {
  override name = 'DataRefused';
}

/** A number of things, in words. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** A number of bytes, in words. */
export function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2).toLocaleString('en')} MB`;
}
