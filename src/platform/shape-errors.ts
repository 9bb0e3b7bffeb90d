import type { z } from 'zod';

/** What is wrong with a value: where, and words that go on from there. */
export interface ShapeProblem {
  /** The dotted path to the part that is wrong; empty for the value as a whole. */
  field: string;
  /** As "must be text". */
  text: string;
}

// Names of fields may come from whoever sent the value.
const MAX_STEP_LENGTH = 100;
const MAX_NAME_LENGTH = 40;

/** The first thing that a shape found wrong. */
export function shapeProblem({ issues: [issue] }: z.core.$ZodError): ShapeProblem {
  if (issue === undefined) return { field: '', text: 'is not valid' };
  const field = issue.path.map((step) => String(step).slice(0, MAX_STEP_LENGTH)).join('.');
  // Of a key that a record may not have, its own shape says more.
  const text = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  return { field, text: text ?? issue.message };
}

/** The words for what a shape has no words of its own for: `shape.safeParse(value, { error: shapeTexts })`. */
export const shapeTexts: z.core.$ZodErrorMap = (issue) => {
  const { code } = issue;
  if (code === 'invalid_type') return `must be ${KINDS[issue.expected] ?? issue.expected}`;
  if (code === 'invalid_value') {
    const values = issue.values.map(String);
    return `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`;
  }
  if (code === 'too_big') return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
  if (code === 'too_small') {
    const isEmpty = issue.minimum === 1 && issue.origin !== 'number';
    return isEmpty ? 'must not be empty' : `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
  }
  if (code === 'unrecognized_keys') {
    return `there is no field "${String(issue.keys[0]).slice(0, MAX_NAME_LENGTH)}"`;
  }
  return 'is not valid';
};

const KINDS: Record<string, string> = {
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters' : '';
}
