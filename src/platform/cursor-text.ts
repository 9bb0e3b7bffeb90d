import type { z } from 'zod';

/** Where a list goes on, as text that needs no encoding in a URL. */
export function cursorText(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Takes such a text apart; undefined for another one. */
export function parseCursorText<Place>(text: string, shape: z.ZodType<Place>): Place | undefined {
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    return shape.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}
