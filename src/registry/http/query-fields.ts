import { z } from 'zod';
import { lineText, UNPRINTABLE } from './body-fields.ts';
import { isPrintable } from './printable.ts';
import type { QueryValue } from './shapes.ts';

// Fields of a query's shape. An absent one is undefined.

const first = z.custom<QueryValue>().transform((value) => value.first);
const all = z.custom<QueryValue>().transform((value) => value.all);

/** A text of one line. */
export function queryText(maxLength = 300) {
  return first.pipe(lineText(maxLength).optional());
}

/** A whole number within its bounds. */
export function queryInteger({ min, max }: { min: number; max: number }) {
  return first.transform((text, context) => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
    context.addIssue(`must be a whole number from ${min} to ${max}`);
    return z.NEVER;
  });
}

/** One of a few words. */
export function queryChoice<Choice extends string>(choices: readonly Choice[]) {
  return first.transform((text, context) => {
    if (text === undefined) return undefined;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) context.addIssue(`must be one of ${choices.join(', ')}`);
    return found ?? z.NEVER;
  });
}

const FLAGS: Record<string, boolean | undefined> = { '0': false, '1': true, false: false, true: true };

/** A truth: `0`, `1`, `true` or `false`. */
export const queryFlag = first.transform((text, context) => {
  if (text === undefined) return undefined;
  const flag = Object.hasOwn(FLAGS, text) ? FLAGS[text] : undefined;
  if (flag === undefined) context.addIssue('must be 0, 1, true or false');
  return flag;
});

/** Several values: repeated, as `name[]`, or separated by commas. */
export const queryList = all.transform((texts, context) => {
  if (!texts.every(isPrintable)) context.addIssue(UNPRINTABLE);
  const values = texts
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  return values.length === 0 ? undefined : values;
});

/** `fields`: which of the known fields to answer with; undefined for all. */
export function queryFields<Field extends string>(known: readonly Field[]) {
  return queryList.transform((names, context) =>
    names?.flatMap((name) => {
      const field = known.find((candidate) => candidate === name);
      if (field === undefined) context.addIssue(`there is no field "${name.slice(0, 40)}"`);
      return field ?? [];
    }),
  );
}

/** Only the fields that a query asked for; all where it named none. */
export function pickFields<Shape extends object>(
  shape: Shape,
  fields: readonly (keyof Shape)[] | undefined,
): Partial<Shape> {
  if (fields === undefined) return shape;
  const picked: Partial<Shape> = {};
  for (const field of fields) picked[field] = shape[field];
  return picked;
}
