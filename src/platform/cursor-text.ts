import type { z } from 'zod';

/** Where a list goes on, as text that needs no encoding in a URL. */
export function cursorText(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Takes such a text apart; undefined for another one, and for one with a character that not every database stores. */
export function parseCursorText<Place>(text: string, shape: z.ZodType<Place>): Place | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    const place: unknown = JSON.parse(Buffer.from(text, 'base64url').toString(), refuseNul);
    return shape.safeParse(place).data;
  } catch {
    return undefined;
  }
}

function refuseNul(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.includes('\0')) throw new TypeError('holds a NUL');
  return value;
}
