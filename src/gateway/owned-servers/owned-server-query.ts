import type { Context } from 'hono';
import { z } from 'zod';
import {
  type Direction,
  MAX_NAMED,
  MAX_PAGE,
  SERVER_ORDERS,
  type ServerOrder,
} from '#contract/owned-servers.ts';
import { formatQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import type { GatewayEnv } from '#gateway/http/gateway-env.ts';
import { pageLimit, readShape } from '#gateway/http/request-shapes.ts';

const DEFAULT_LIMIT = 200;

/** What of the owner's servers is asked for: a page in some order, or some by name. */
export type OwnedServerQuery =
  | { names: string[] }
  | {
      names: null;
      sort: ServerOrder;
      direction: Direction;
      limit: number;
      cursor: string | null;
      /** Whether the namespaces that could not be read are to be read anew first. */
      again: boolean;
    };

const name = z.string().transform((text, context) => {
  const parsed = parseQualifiedName(text);
  if (parsed !== undefined) return formatQualifiedName(parsed);
  context.addIssue('is not the name of a server');
  return z.NEVER;
});
const names = z.array(name).max(MAX_NAMED);

const page = z.object({
  sort: z.enum(SERVER_ORDERS).default('uses'),
  direction: z.enum(['asc', 'desc']).default('desc'),
  limit: pageLimit({ usual: DEFAULT_LIMIT, most: MAX_PAGE }),
  // Where it ends: its sorted value and its name, each bounded.
  cursor: z
    .string()
    .regex(/^[\w-]{1,4000}$/, 'is no cursor of this list')
    .optional(),
  again: z
    .literal('1', 'must be 1')
    .optional()
    .transform((text) => text !== undefined),
});

/** The query of a request; what it does not know is dropped. Throws a Problem that names the parameter to blame. */
export function readServerQuery(c: Context<GatewayEnv>): OwnedServerQuery {
  const named = c.req.queries('name');
  if (named !== undefined) return { names: [...new Set(readShape(names, named, 'name'))] };
  const { cursor = null, ...asked } = readShape(page, c.req.query());
  return { names: null, cursor, ...asked };
}
