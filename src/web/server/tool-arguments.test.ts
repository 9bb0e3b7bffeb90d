import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolParameters } from './tool-arguments.ts';

const schema = (properties: Record<string, unknown>, required?: unknown) =>
  ({ type: 'object', properties, ...(required === undefined ? {} : { required }) }) as const;

describe('the parameters of a tool', () => {
  it('come with required ones first, otherwise in their order', () => {
    const parameters = toolParameters(schema({ a: { type: 'string' }, b: { type: 'number' }, c: {} }, ['b']));
    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['b', true],
      ['a', false],
      ['c', false],
    ]);
  });

  it.each([
    [{ type: 'string' }, 'string'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ enum: ['metric', 'imperial'] }, 'one of: metric, imperial'],
    [{ type: 'array', items: { type: 'number' } }, 'array of number'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string or null'],
    [{ const: 1 }, 'always 1'],
    [true, 'any'],
  ])('%j reads as %s', (property, words) => {
    expect(toolParameters(schema({ p: property }))[0]?.type).toBe(words);
  });

  it('never throw, whatever the schema holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (properties, required) => {
        const hostile = { type: 'object', properties, required } as Parameters<typeof toolParameters>[0];
        for (const { name, type } of toolParameters(hostile)) {
          expect(typeof name).toBe('string');
          expect(typeof type).toBe('string');
        }
      }),
    );
  });
});
