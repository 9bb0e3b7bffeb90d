import { z } from 'zod';
import { AUDIT_ACTIONS, OUTCOME_FILTERS, type ActivityFilter } from '#contract/activity.ts';
import { Problem } from '#gateway/http/problem.ts';
import { pageLimit } from '#gateway/http/request-shapes.ts';
import { cursorText, parseCursorText } from '#platform/cursor-text.ts';
import type { ActivityCursor } from './activity-pages.ts';

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;

const text = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .refine((value) => !/\p{Cc}/u.test(value), 'must not hold control characters');
const time = z.iso
  .datetime({ offset: true, error: 'must be a time as 2026-03-01T12:00:00Z' })
  .transform((value) => new Date(value).toISOString());
const filter = {
  person: text.optional(),
  action: z.enum(AUDIT_ACTIONS, { error: 'is no action that is written down' }).optional(),
  server: text.optional(),
  outcome: z.enum(OUTCOME_FILTERS, { error: `must be one of ${OUTCOME_FILTERS.join(', ')}` }).optional(),
  from: time.optional(),
  to: time.optional(),
  q: text.optional(),
} satisfies Record<keyof ActivityFilter | 'outcome', z.ZodType>;

/** The query of a page of Activity. */
export const pageQuery = z.object({
  ...filter,
  limit: pageLimit({ usual: DEFAULT_PAGE, most: MAX_PAGE }),
  before: z.string().max(1000).optional(),
});

/** The query of all of it as a file. */
export const fileQuery = z.object({
  ...filter,
  format: z.enum(['csv', 'json'], { error: 'must be csv or json' }),
});

const position = z.union([
  z.null(),
  z.literal('end'),
  z.object({ created_at: z.string().max(40), id: z.string().max(100) }),
]);
const cursor = z.object({ operations: position, audit: z.string().max(200).nullable() });

/** Where the next page begins, as one word. */
export function formatCursor(next: ActivityCursor): string {
  return cursorText(next);
}

/** The same, read; the beginning where there is none. Throws a Problem where it is not one of ours. */
export function parseCursor(before: string | undefined): ActivityCursor {
  if (before === undefined) return { operations: null, audit: null };
  const parsed = parseCursorText(before, cursor);
  if (parsed !== undefined) return parsed;
  throw new Problem(400, 'bad-request', 'before: there is no page that begins there. Nothing was done.', {
    field: 'before',
  });
}
