import { z } from 'zod';
import { SERVER_ORDERS, type Direction, type ServerOrder } from '#contract/owned-servers.ts';

/** The server that a page ended with, by what orders it. */
export interface Position {
  /** What it is sorted by; null: it has none. */
  value: string | number | null;
  qualifiedName: string;
}

interface Order {
  sort: ServerOrder;
  direction: Direction;
}

const shape = z.tuple([
  z.enum(SERVER_ORDERS),
  z.enum(['asc', 'desc']),
  z.union([z.string(), z.number(), z.null()]),
  z.string(),
]);

const NUMBERS: ReadonlySet<ServerOrder> = new Set(['uses', 'state']);

/** A position in this order, as text that needs no encoding in a URL. */
export function formatPosition({ value, qualifiedName }: Position, { sort, direction }: Order): string {
  const parts = [sort, direction, value, qualifiedName] satisfies z.input<typeof shape>;
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Takes such a text apart; null for another text, and for one of another order. */
export function parsePosition(text: string, order: Order): Position | null {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
  const { data } = shape.safeParse(parts);
  if (data === undefined) return null;
  const [sort, direction, value, qualifiedName] = data;
  if (sort !== order.sort || direction !== order.direction) return null;
  if (value !== null && typeof value !== (NUMBERS.has(sort) ? 'number' : 'string')) return null;
  return { value, qualifiedName };
}
