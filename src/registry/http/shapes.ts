import type { Context } from 'hono';
import type { z } from 'zod';
import { jsonDepth } from '#platform/json-depth.ts';
import { shapeProblem, shapeTexts } from '#platform/shape-errors.ts';
import { wrongField } from './registry-error.ts';

/** What a body may weigh, in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;

// A schema of a real server's settings or tools stays far below.
const MAX_DEPTH = 100;

/**
 * Reads the body by its shape, which must be of an object; an absent body is an empty one, and so is `null` where the API
 * takes it for absent. Throws a 400 that names the field that is wrong.
 */
export async function readBody<Shape extends z.ZodType>(
  c: Context,
  shape: Shape,
  { nullIsAbsent = false }: { nullIsAbsent?: boolean } = {},
): Promise<z.output<Shape>> {
  const text = await c.req.text();
  const value = text.trim() === '' ? {} : parseJson(text);
  if (value === null && nullIsAbsent) return readShape({}, shape);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongField('', 'must be a JSON object');
  }
  return readShape(value, shape);
}

/** What a query holds under one name; an empty value is an absent one. */
export interface QueryValue {
  first: string | undefined;
  /** Under the name itself and as `name[]`. */
  all: string[];
}

/** Reads a query by its shape, whose fields take a `QueryValue` each. Throws a 400 that names the one that is wrong. */
export function readQuery<Shape extends z.ZodObject>(c: Context, shape: Shape): z.output<Shape> {
  const params = new URL(c.req.url).searchParams;
  const values = Object.keys(shape.shape).map((name): [string, QueryValue] => [
    name,
    { first: params.get(name) || undefined, all: [...params.getAll(name), ...params.getAll(`${name}[]`)] },
  ]);
  return readShape(Object.fromEntries(values), shape);
}

/** Reads a value by its shape. Throws a 400 that names the field that is wrong, below `root` where that is given. */
export function readShape<Shape extends z.ZodType>(value: unknown, shape: Shape, root = ''): z.output<Shape> {
  const parsed = shape.safeParse(value, { error: shapeTexts });
  if (parsed.success) return parsed.data;
  const { field, text } = shapeProblem(parsed.error);
  throw wrongField([root, field].filter(Boolean).join('.'), text);
}

/** What a JSON text says. Throws a 400 for one that is nested too deep, and with `problem` for what is no JSON. */
export function parseJson(text: string, root = '', problem = 'is not valid JSON'): unknown {
  if (jsonDepth(text) > MAX_DEPTH)
    throw wrongField(root, `must not be nested deeper than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw wrongField(root, problem);
  }
}
