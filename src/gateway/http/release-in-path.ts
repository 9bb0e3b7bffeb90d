import type { Context } from 'hono';
import { z } from 'zod';
import type { GatewayEnv } from './gateway-env.ts';
import { readParam } from './request-shapes.ts';

const releaseId = z.string().regex(/^[\w-]{1,128}$/, 'is not the id of a release');

/** The release in a route's `:id`. Throws a Problem where it is none, so that it can never become another path. */
export function releaseInPath(c: Context<GatewayEnv>): string {
  return readParam(c, 'id', releaseId);
}
