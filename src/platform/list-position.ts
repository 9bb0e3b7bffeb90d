import { z } from 'zod';
import { cursorText, parseCursorText } from './cursor-text.ts';

/** Where a page of a sorted list ended. */
export interface ListPosition {
  /** What its last entry is sorted by; null: it has none. */
  value: string | number | null;
  /** Its name, by which equals are sorted. */
  name: string;
}

interface Order {
  sort: string;
  direction: 'asc' | 'desc';
}

const shape = z.tuple([
  z.string(),
  z.enum(['asc', 'desc']),
  z.union([z.string(), z.number(), z.null()]),
  z.string(),
]);

/** A position in this order, as text that needs no encoding in a URL. */
export function formatPosition({ value, name }: ListPosition, { sort, direction }: Order): string {
  return cursorText([sort, direction, value, name] satisfies z.input<typeof shape>);
}

/** Takes such a text apart; undefined for another text, and for one of another order, or whose value cannot be one of it. */
export function parsePosition(
  text: string,
  order: Order & { isValue: (value: string | number) => boolean },
): ListPosition | undefined {
  const [sort, direction, value, name] = parseCursorText(text, shape) ?? [];
  const isOfOrder = sort === order.sort && direction === order.direction;
  if (!isOfOrder || value === undefined || name === undefined) return undefined;
  return value === null || order.isValue(value) ? { value, name } : undefined;
}
