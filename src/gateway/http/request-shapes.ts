import type { Context } from 'hono';
import { z, type ZodType } from 'zod';
import { jsonDepth } from '#platform/json-depth.ts';
import { shapeProblem, shapeTexts } from '#platform/shape-errors.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { Problem } from './problem.ts';

const MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 100;

/** The body as JSON of this shape. Throws a Problem that says what is wrong and names the field to blame. */
export async function readJson<Value>(
  c: Context<GatewayEnv>,
  schema: ZodType<Value>,
  maxBytes = MAX_BYTES,
): Promise<Value> {
  if (!/^application\/json\s*(;|$)/i.test(c.req.header('Content-Type') ?? '')) {
    throw new Problem(400, 'bad-request', 'Send the body as application/json. Nothing was done.');
  }
  return readShape(schema, parse(await readText(c.req.raw.body, maxBytes)));
}

/** A part of the path, as this shape. Throws a Problem likewise. */
export function readParam<Value>(c: Context<GatewayEnv>, name: string, schema: ZodType<Value>): Value {
  return readShape(schema, c.req.param(name), name);
}

/** The value as this shape. Throws a Problem likewise, its field below `root` where that is given. */
export function readShape<Value>(schema: ZodType<Value>, value: unknown, root = ''): Value {
  const parsed = schema.safeParse(value, { error: shapeTexts });
  if (parsed.success) return parsed.data;
  const { field: path, text } = shapeProblem(parsed.error);
  const field = [root, path].filter(Boolean).join('.');
  throw field === ''
    ? new Problem(400, 'bad-request', `The request ${text}. Nothing was done.`)
    : new Problem(400, 'bad-request', `${field}: ${text}. Nothing was done.`, { field });
}

/** A query's `limit`: how many entries a page has at most, as a whole number. */
export function pageLimit({ usual, most }: { usual: number; most: number }) {
  return z
    .string()
    .regex(/^\d{1,5}$/, 'must be a number')
    .transform(Number)
    .pipe(z.number().min(1).max(most))
    .default(usual);
}

// Hono's own limit of a body's size makes a new request of the server's, which Node's `Request` refuses to take.
async function readText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > maxBytes) {
      throw new Problem(413, 'bad-request', 'The request is too large. Nothing was done.');
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parse(text: string): unknown {
  if (jsonDepth(text) > MAX_DEPTH) {
    throw new Problem(400, 'bad-request', `The request must not be nested deeper than ${MAX_DEPTH} levels.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
