import type { Context } from 'hono';
import { RegistryError } from './registry-error.ts';

/** What a body may weigh, in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;

/**
 * The body as a JSON object; an absent one is empty, and so is `null` where the API takes it for absent. Throws a 400
 * for anything else.
 */
export async function readJsonObject(
  c: Context,
  { nullIsAbsent = false }: { nullIsAbsent?: boolean } = {},
): Promise<Record<string, unknown>> {
  const text = await c.req.text();
  if (text.trim() === '') return {};
  const value = parseJson(text);
  if (value === null && nullIsAbsent) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RegistryError(400, 'Body: must be a JSON object');
  }
  return value as Record<string, unknown>;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RegistryError(400, 'Body: is not valid JSON');
  }
}
