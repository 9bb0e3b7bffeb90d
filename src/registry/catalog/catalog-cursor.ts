import { z } from 'zod';

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
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Takes such a text apart; null for another one. */
export function parseCursor(text: string): Cursor | null {
  if (!/^[\w-]+$/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return cursorShape.safeParse(value).data ?? null;
  } catch {
    return null;
  }
}
