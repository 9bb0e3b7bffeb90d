import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { shapeProblem, shapeTexts } from './shape-errors.ts';

const shape = z.strictObject({
  name: z.string().min(1).max(3).optional(),
  age: z.int().min(2).max(9).optional(),
  isOn: z.boolean().optional(),
  kind: z.enum(['a', 'b']).optional(),
  items: z.array(z.object({ id: z.string('must be an id') })).optional(),
  headers: z.record(z.string().regex(/^[a-z]+$/, 'must be a name'), z.string()).optional(),
  either: z.union([z.string(), z.number()]).optional(),
});

function problemOf(value: unknown): unknown {
  const parsed = shape.safeParse(value, { error: shapeTexts });
  return parsed.success ? undefined : shapeProblem(parsed.error);
}

describe('what a shape finds wrong', () => {
  it.each([
    ['x', '', 'must be an object'],
    [{ name: 7 }, 'name', 'must be text'],
    [{ name: '' }, 'name', 'must not be empty'],
    [{ name: 'long' }, 'name', 'must be at most 3 characters'],
    [{ age: '7' }, 'age', 'must be a number'],
    [{ age: 1 }, 'age', 'must be at least 2'],
    [{ age: 10 }, 'age', 'must be at most 9'],
    [{ age: 2.5 }, 'age', 'must be a whole number'],
    [{ isOn: 'yes' }, 'isOn', 'must be true or false'],
    [{ kind: 'c' }, 'kind', 'must be one of a, b'],
    [{ items: {} }, 'items', 'must be a list'],
    [{ items: [{ id: 'x' }, {}] }, 'items.1.id', 'must be an id'],
    [{ headers: { A: 'x' } }, 'headers.A', 'must be a name'],
    [{ either: [] }, 'either', 'is not valid'],
    [{ other: 1 }, '', 'there is no field "other"'],
  ])('in %j is told with its place', (value, field, text) => {
    expect(problemOf(value)).toEqual({ field, text });
  });

  it('never repeats a long name in full', () => {
    const long = 'X'.repeat(100_000);
    expect(JSON.stringify(problemOf({ headers: { [long]: 'x' } })).length).toBeLessThan(200);
    expect(JSON.stringify(problemOf({ [long]: 'x' })).length).toBeLessThan(200);
  });
});
