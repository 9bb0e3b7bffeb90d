import type { ServerCheck } from '#gateway/registry/server-check.ts';

type Fields = Readonly<Record<string, unknown>>;
/** By field: keyed hashes of what was asked for, and of what was there before (null where that was not seen). */
type Expected = Record<string, { asked: string; before: string | null }>;

/** What of a server a check compares with what was asked for. */
export interface Expectations {
  /** What a later check is compared with, as the ledger keeps it: no value can be read from it. */
  write(asked: Fields, before: ServerCheck): string;
  /** Whether all the fields are as asked, or all as before; undefined where neither is so or some cannot be seen. */
  compare(written: string | null, fields: Fields): 'as-asked' | 'as-before' | undefined;
}

/** `print` tells texts apart without holding them. */
export function createExpectations(print: (text: string) => string): Expectations {
  // A field that was emptied is null for one registry and an empty text for another.
  const printOf = (value: unknown) => print(JSON.stringify(value ?? ''));
  return {
    write(asked, before) {
      const seen = before.seen === 'present' ? before.fields : {};
      const expected: Expected = {};
      for (const [field, value] of Object.entries(asked)) {
        expected[field] = {
          asked: printOf(value),
          before: seen[field] === undefined ? null : printOf(seen[field]),
        };
      }
      return JSON.stringify(expected);
    },
    compare(written, fields) {
      const expected = Object.entries(JSON.parse(written ?? '{}') as Expected);
      if (expected.length === 0 || expected.some(([field]) => fields[field] === undefined)) return undefined;
      const isAll = (key: 'asked' | 'before') =>
        expected.every(([field, prints]) => prints[key] === printOf(fields[field]));
      if (isAll('asked')) return 'as-asked';
      return isAll('before') ? 'as-before' : undefined;
    },
  };
}
