import { z } from 'zod';
import { type Direction, SERVER_ORDERS, type ServerOrder } from '#contract/owned-servers.ts';
import { Problem } from '#gateway/http/problem.ts';
import type { Position } from './kept-servers.ts';

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
const NUMBERS: ReadonlySet<ServerOrder> = new Set(['state', 'uses']);

/** Where a page in this order ends, as text to go on from. */
export function writeCursor({ sort, direction }: Order, { value, name }: Position): string {
  return Buffer.from(JSON.stringify([sort, direction, value, name])).toString('base64url');
}

/** Where to go on in this order. Throws a Problem where the text is no such place, or one of another order. */
export function readCursor(order: Order, cursor: string): Position {
  const [sort, direction, value, name] = parse(cursor) ?? [];
  const isOfOrder = sort === order.sort && direction === order.direction;
  const isValue = value === null || (typeof value === 'number') === NUMBERS.has(order.sort);
  if (value !== undefined && name !== undefined && isOfOrder && isValue) return { value, name };
  throw new Problem(400, 'bad-request', 'cursor: is none of this order. Begin at the first page.', {
    field: 'cursor',
  });
}

function parse(cursor: string): z.infer<typeof shape> | undefined {
  try {
    return shape.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}
