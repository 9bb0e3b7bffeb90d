import type { Context } from 'hono';
import { formatQualifiedName, parseQualifiedName } from '#contract/qualified-name.ts';
import type { GatewayEnv } from './gateway-env.ts';
import { Problem } from './problem.ts';

/** The qualified name in a route's `:name`. Throws where it is none, so that it can never become another path. */
export function nameInPath(c: Context<GatewayEnv>): string {
  // The path is routed as it was sent, so this is its first and only decoding.
  const name = parseQualifiedName(c.req.param('name') ?? '');
  if (name === undefined) {
    throw new Problem(400, 'bad-request', 'This is not the name of a server. Nothing was done.');
  }
  return formatQualifiedName(name);
}
