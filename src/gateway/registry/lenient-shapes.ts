import { z } from 'zod';
import type { Unreadable } from '#contract/registry-answers.ts';
import { isRecord } from './response-parsing.ts';

// Shapes for what others answer: what is wrong costs no more than its own place, and is counted.

/** Reads a value; undefined where it is unusable. What is lost inside of a usable one is added to `lost`. */
export type Reading<T> = (given: unknown, lost: Unreadable) => T | undefined;

/** A value as a zod shape has it. */
export function exactly<T>(schema: z.ZodType<T>): Reading<T> {
  return (given) => schema.safeParse(given).data;
}

/** A value that may be missing: null then, and where it is unusable. */
export function orNull<T>(read: Reading<T>): Reading<T | null> {
  return (given, lost) => {
    if (given === undefined || given === null) return null;
    const value = read(given, lost);
    if (value !== undefined) return value;
    lost.values += 1;
    return null;
  };
}

type Fields<T> = { [Key in keyof T]: Reading<T[Key]> };

/** An object, of which only these fields are taken. Unusable where one of them is, or it is no object. */
export function entry<T extends object>(fields: Fields<T>): Reading<T> {
  const readings = Object.entries<Reading<unknown>>(fields);
  return (given, lost) => {
    if (!isRecord(given)) return undefined;
    const read: Record<string, unknown> = {};
    for (const [name, reading] of readings) {
      const value = reading(Object.hasOwn(given, name) ? given[name] : undefined, lost);
      if (value === undefined) return undefined;
      read[name] = value;
    }
    return read as T;
  };
}

/** A list of at most `max` entries, without those that are unusable. */
export function list<T>(read: Reading<T>, max: number): Reading<T[]> {
  const inPlace = listInPlace(read, max);
  return (given, lost) => inPlace(given, lost)?.filter((item) => item !== null);
}

/** A list likewise, with null in the place of an unusable entry. */
export function listInPlace<T>(read: Reading<T>, max: number): Reading<(T | null)[]> {
  return (given, lost) => {
    if (!Array.isArray(given)) return undefined;
    lost.entries += Math.max(0, given.length - max);
    return given.slice(0, max).map((item: unknown) => {
      // Of an entry that is lost as a whole, its parts are not counted too.
      const lostInside = { entries: 0, values: 0 };
      const value = read(item, lostInside);
      lost.entries += value === undefined ? 1 : lostInside.entries;
      lost.values += value === undefined ? 0 : lostInside.values;
      return value ?? null;
    });
  };
}

/** A list without the entries whose name one before them has: nothing could tell them apart. */
export function distinct<T>(read: Reading<T[]>, nameOf: (item: T) => string): Reading<T[]> {
  return (given, lost) => {
    const items = read(given, lost);
    if (items === undefined) return undefined;
    const byName = new Map(items.toReversed().map((item) => [nameOf(item), item]));
    lost.entries += items.length - byName.size;
    return [...byName.values()].toReversed();
  };
}

/** A list that is unusable where nothing of it is left: it must not look empty. */
export function unlessEmptied<T>(read: Reading<T[]>): Reading<T[]> {
  return (given, lost) => {
    const items = read(given, lost);
    return items?.length === 0 && Array.isArray(given) && given.length > 0 ? undefined : items;
  };
}

/** Text to be shown: whole characters, cut after `max` of them. */
export function shownText(max: number): Reading<string> {
  return (given) => {
    if (typeof given !== 'string') return undefined;
    const text = given.slice(0, 2 * max).replaceAll(LONE_SURROGATE, '\ufffd');
    const characters = text.length > max ? Array.from(text) : [];
    const isCut = given.length > text.length || characters.length > max;
    return isCut ? `${characters.slice(0, max - 1).join('')}…` : text;
  };
}

/** Text of which something can be seen. */
export function visible(read: Reading<string>): Reading<string> {
  return (given, lost) => {
    const text = read(given, lost);
    return text !== undefined && /[^\s\p{C}\ufffd]/u.test(text) ? text : undefined;
  };
}

/** Text that names a thing: shown or sent as it is, or not at all. */
export function nameText(max: number): Reading<string> {
  return exactly(
    z
      .string()
      .min(1)
      .max(max)
      .refine((text) => !LONE_SURROGATE_OR_CONTROL.test(text)),
  );
}

const LONE_SURROGATE = /\p{Cs}/gu;
const LONE_SURROGATE_OR_CONTROL = /[\p{Cs}\p{Cc}]/u;

export const flag = exactly(z.boolean());

/** How many there are of something. */
export const count = exactly(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER));

/** A time as ISO 8601 in UTC, which one without a zone is meant to be in. */
export const time: Reading<string> = (given) => {
  const [, date, clock = '00:00', zone = 'Z'] = (typeof given === 'string' && ISO_TIME.exec(given)) || [];
  const at = Date.parse(`${date}T${clock}${zone}`);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
};

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** An object of any kind, of bounded size and depth. */
export const modestObject: Reading<Record<string, unknown>> = (given) =>
  isRecord(given) && sizeOf(given, MAX_OBJECT_DEPTH) <= MAX_OBJECT_SIZE ? given : undefined;

const MAX_OBJECT_DEPTH = 24;
const MAX_OBJECT_SIZE = 100_000;

/** About how many characters a JSON value takes; without end where it lies deeper than `depth`. */
function sizeOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 4;
  if (depth === 0) return Number.POSITIVE_INFINITY;
  let size = 2;
  for (const [key, part] of Object.entries(value)) {
    size += key.length + 4 + sizeOf(part, depth - 1);
    if (size > MAX_OBJECT_SIZE) return size;
  }
  return size;
}
