import { z } from 'zod';
import { cursorText, parseCursorText } from '#platform/cursor-text.ts';

const cursorShape = z.strictObject({
  after: z.strictObject({ name: z.string(), version: z.string() }),
  filters: z.strictObject({
    search: z.string().optional(),
    updated_since: z.iso.datetime().optional(),
    version: z.string().optional(),
    include_deleted: z.boolean().optional(),
  }),
});

/** Where a page ended, and what was asked for. */
export type Cursor = z.output<typeof cursorShape>;

/** An entry of the catalog, by the columns that order it. */
export type Position = Cursor['after'];

/** A cursor as text that needs no encoding in a URL: editors put it there as it is. */
export function formatCursor(cursor: Cursor): string {
  return cursorText(cursor);
}

/** Takes such a text apart; null for another one. */
export function parseCursor(text: string): Cursor | null {
  return parseCursorText(text, cursorShape) ?? null;
}
